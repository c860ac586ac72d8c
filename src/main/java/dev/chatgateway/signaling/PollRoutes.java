package dev.chatgateway.signaling;

import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.handover.RemoteRequest;
import dev.chatgateway.signaling.handover.SessionKey;
import dev.chatgateway.signaling.wire.ClientVersion;
import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.signaling.wire.SignalingUrls;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The requests of clients that poll instead of holding a WebSocket. Each may reach another node: that one passes it on to the
 * node of the session. For one event loop.
 */
final class PollRoutes {
    private static final String NAME = "poll";
    /** Longer than an idle poll lasts. */
    private static final long FORWARD_MS = 40_000;

    private final LoopContext loop;
    private final SessionFinder finder;
    private final SignalingResponses responses;

    PollRoutes(LoopContext loop, SessionFinder finder, SignalingResponses responses) {
        this.loop = loop;
        this.finder = finder;
        this.responses = responses;
    }

    /** The reference alone says who polls, as with a WebSocket. */
    void handle(HttpServerRequest request, PublicOrigin origin, Reference reference, String linkId, Buffer body) {
        if (reference.end().toEpochMilli() <= loop.nowMs()) {
            answer(request, Packet.UNAUTHORIZED);
            return;
        }
        loop.node().proven().accept(request.connection(), reference.userId());
        SessionKey key = new SessionKey(reference.userId(), reference.registrationId());
        boolean leaves = request.params().contains("disconnect");
        if (leaves || request.method().equals(HttpMethod.POST)) {
            sent(request, key, linkId, body.toString(), leaves);
        } else {
            poll(request, key, SignalingUrls.push(origin, reference.registrationId()), linkId);
        }
    }

    private void sent(HttpServerRequest request, SessionKey key, String linkId, String body, boolean leaves) {
        finder.local(key)
                .ifPresentOrElse(
                        session -> {
                            session.loop().run(loop, () -> PollExchange.received(session, linkId, body, leaves));
                            responses.text(request, NAME, "1");
                        },
                        () -> {
                            RemoteRequest.Kind kind = leaves ? RemoteRequest.Kind.LEAVES : RemoteRequest.Kind.PACKETS;
                            forward(key, new RemoteRequest(kind, linkId, 0, body))
                                    .onComplete(done -> responses.text(request, NAME, "1"));
                        });
    }

    private void poll(HttpServerRequest request, SessionKey key, String pushUrl, String linkId) {
        long tag = ThreadLocalRandom.current().nextLong();
        Optional<SignalingSession> here = finder.local(key);
        if (here.isPresent()) {
            poll(request, here.get(), linkId, tag, () -> granted(key));
            return;
        }
        finder.elsewhere(key)
                .compose(node -> node.isPresent()
                        ? remote(request, node.get(), key, linkId, tag)
                                // It does not hold the session, or is about to end: the session moves here.
                                .recover(failure -> open(request, key, pushUrl, linkId, tag))
                        : open(request, key, pushUrl, linkId, tag))
                .onFailure(failure -> answer(request, Packet.GOODBYE));
    }

    /** Empty as well if the directory does not answer: a known connection continues without it. */
    private Future<Optional<Grant>> granted(SessionKey key) {
        return finder.granted(key).otherwise(Optional.empty());
    }

    private Future<Void> remote(HttpServerRequest request, String node, SessionKey key, String linkId, long tag) {
        if (request.response().closed()) {
            return Future.succeededFuture();
        }
        RemoteRequest abandoned = new RemoteRequest(RemoteRequest.Kind.ABANDONED, linkId, tag, "");
        onAbandon(request, () -> loop.node().directory().forward(node, key, abandoned.encode(), FORWARD_MS));
        String version = Optional.ofNullable(version(request)).orElse("");
        RemoteRequest poll = new RemoteRequest(RemoteRequest.Kind.POLL, linkId, tag, version);
        return loop.node()
                .directory()
                .forward(node, key, poll.encode(), FORWARD_MS)
                .onSuccess(body -> loop.later(() -> responses.text(request, NAME, body.toString())))
                .mapEmpty();
    }

    private Future<Void> open(HttpServerRequest request, SessionKey key, String pushUrl, String linkId, long tag) {
        if (request.response().closed()) {
            return Future.succeededFuture();
        }
        return finder.granted(key)
                .compose(grant -> grant.isPresent()
                        ? finder.open(key, pushUrl, grant.get())
                                .onSuccess(session -> session.ifPresentOrElse(
                                        opened ->
                                                poll(request, opened, linkId, tag, () -> Future.succeededFuture(grant)),
                                        () -> answer(request, Packet.GOODBYE)))
                                .mapEmpty()
                        : Future.failedFuture("no token"));
    }

    private void poll(
            HttpServerRequest request,
            SignalingSession session,
            String linkId,
            long tag,
            Supplier<Future<Optional<Grant>>> grants) {
        if (request.response().closed()) {
            return;
        }
        onAbandon(request, () -> session.loop().run(loop, () -> PollExchange.abandoned(session, linkId, tag)));
        Promise<String> answer = Promise.promise();
        String version = version(request);
        session.loop().run(loop, () -> PollExchange.poll(session, linkId, tag, version, grants)
                .onComplete(answer));
        answer.future()
                .onSuccess(body -> loop.later(() -> responses.text(request, NAME, body)))
                .onFailure(moves -> loop.later(() -> answer(request, Packet.GOODBYE)));
    }

    private static @Nullable String version(HttpServerRequest request) {
        return ClientVersion.of(request.getParam(ClientVersion.PARAMETER));
    }

    private static void onAbandon(HttpServerRequest request, Runnable task) {
        request.response().closeHandler(gone -> {
            if (!request.response().ended()) {
                task.run();
            }
        });
    }

    /** Passes a request on to the node of the session, if there is one. */
    Future<Buffer> forward(SessionKey key, RemoteRequest request) {
        return finder.elsewhere(key)
                .compose(node -> node.isEmpty()
                        ? Future.failedFuture("no session")
                        : loop.node().directory().forward(node.get(), key, request.encode(), FORWARD_MS));
    }

    private void answer(HttpServerRequest request, byte[] packet) {
        responses.text(request, NAME, Packet.join(List.of(packet)));
    }
}
