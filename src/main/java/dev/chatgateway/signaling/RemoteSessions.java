package dev.chatgateway.signaling;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.handover.RemoteRequest;
import dev.chatgateway.signaling.handover.SavedSession;
import dev.chatgateway.signaling.handover.SessionDirectory;
import dev.chatgateway.signaling.handover.SessionKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.function.Predicate;

/** Serves the requests of other nodes about the sessions of this one. Any context. */
public final class RemoteSessions implements SessionDirectory.Holder {
    private final SessionRegistry registry;
    private final SessionDirectory directory;
    private final Predicate<UserToken> doubted;

    /** @param doubted whether the service has refused a token lately */
    public RemoteSessions(SessionRegistry registry, SessionDirectory directory, Predicate<UserToken> doubted) {
        this.registry = registry;
        this.directory = directory;
        this.doubted = doubted;
    }

    @Override
    public Future<Optional<SavedSession>> handOver(SessionKey key) {
        Optional<SessionRegistry.Member> member = registry.find(key);
        if (member.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        Promise<Optional<SavedSession>> promise = Promise.promise();
        member.get()
                .loop()
                .later(() -> member.get().handOver().map(Optional::of).onComplete(promise));
        return promise.future();
    }

    @Override
    public Future<Buffer> forwarded(SessionKey key, Buffer request) {
        Optional<SignalingSession> session = registry.find(key).map(SignalingSession.class::cast);
        Optional<RemoteRequest> known = RemoteRequest.decode(request);
        if (session.isEmpty() || known.isEmpty()) {
            return Future.failedFuture("no such session");
        }
        Promise<String> promise = Promise.promise();
        session.get().loop().later(() -> serve(session.get(), known.get()).onComplete(promise));
        return promise.future().map(Buffer::buffer);
    }

    /** The token that a client has shown lately. Empty as well if the directory does not answer. */
    private Future<Optional<Grant>> granted(SessionKey key) {
        return directory
                .granted(key)
                .otherwise(Optional.empty())
                .map(found -> found.filter(grant -> !doubted.test(grant.token())));
    }

    /** On the session's event loop. */
    private Future<String> serve(SignalingSession session, RemoteRequest request) {
        switch (request.kind()) {
            case POLL -> {
                String version = request.body().isEmpty() ? null : request.body();
                return PollExchange.poll(
                        session, request.linkId(), request.tag(), version, () -> granted(session.key()));
            }
            case ABANDONED -> PollExchange.abandoned(session, request.linkId(), request.tag());
            case PACKETS -> PollExchange.received(session, request.linkId(), request.body(), false);
            case LEAVES -> PollExchange.received(session, request.linkId(), request.body(), true);
            case REGISTERED ->
                granted(session.key())
                        .onSuccess(found -> found.ifPresent(grant ->
                                session.loop().later(() -> session.registered(grant.token(), grant.provenMs()))));
            case UNREGISTERED -> session.unregister();
        }
        return Future.succeededFuture("");
    }
}
