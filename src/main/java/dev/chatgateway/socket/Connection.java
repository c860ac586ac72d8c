package dev.chatgateway.socket;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.FrameEncoder;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one WebSocket: waiting for a token, proving it, live, paused with an expired token, closed. Owned by the
 * socket's event loop; nothing here is called from elsewhere.
 */
final class Connection implements Subscriber, Requests.Peer {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final String id;
    private final Services services;
    private final LoopMethods methods;
    private final SocketChannel channel;
    private final MessageAssembler assembler;
    private final Requests requests;
    private final Pulse pulse;
    private final Credentials credentials;
    private final ThreadOrder order = new ThreadOrder();
    private final List<Runnable> waiting = new ArrayList<>();
    private State state = State.AWAITING;
    private @Nullable Identity identity;

    /** Where a connection is in its life. */
    private enum State {
        AWAITING,
        PROVING,
        LIVE,
        EXPIRED,
        CLOSED
    }

    Connection(String id, String address, Services services, LoopMethods methods, SocketChannel channel) {
        this.id = id;
        this.services = services;
        this.methods = methods;
        this.channel = channel;
        assembler = new MessageAssembler(services.limits().frameBytes());
        requests = new Requests(services.limits(), services.metrics(), services.clock(), methods, this);
        credentials = new Credentials(services.proof(), services.tickets(), services.clock(), address);
        pulse = new Pulse(services.limits(), services.clock().millis());
    }

    @Override
    public String id() {
        return id;
    }

    /** Begins with the credentials of the upgrade request, if it had any; bad ones close with 4401. */
    void open(@Nullable String token, @Nullable String ticket) {
        if (token != null) {
            authenticate(token, ticket)
                    .onSuccess(result -> tell("authenticated", result))
                    .onFailure(refused -> channel.close(CloseCode.TOKEN_EXPIRED));
        }
    }

    /** One frame of the client, control frames included. */
    void frame(WebSocketFrame frame) {
        pulse.heard(services.clock().millis());
        MessageAssembler.Outcome outcome = assembler.take(frame);
        if (outcome instanceof MessageAssembler.Outcome.Text text && !channel.closed()) {
            requests.take(text.text());
        } else if (outcome instanceof MessageAssembler.Outcome.Refused refused) {
            channel.close(refused.code());
        }
    }

    /** Once a second: time limits, heartbeat, expiry of the token. */
    void tick(long nowMs) {
        if (channel.closed()) {
            return;
        }
        boolean nameless = state == State.AWAITING || state == State.PROVING;
        if (pulse.tooLate(nowMs, nameless)) {
            channel.close(CloseCode.SILENT);
            return;
        }
        channel.checkAge(nowMs);
        if (pulse.pingDue(nowMs)) {
            channel.ping();
            if (pulse.quiet(nowMs, channel.lastWriteMs())) {
                tell("ping", new JsonObject());
            }
        }
        if (identity != null) {
            watchToken(identity, nowMs);
        }
    }

    private void watchToken(Identity who, long nowMs) {
        switch (who.advice(nowMs, services.limits().expiredTokenSeconds() * 1000L)) {
            case ANNOUNCE ->
                tell(
                        "tokenExpiring",
                        new JsonObject()
                                .put("expiresOn", who.token().expiresOn().toString()));
            case PAUSE -> {
                if (state == State.LIVE) {
                    state = State.EXPIRED;
                    methods.pause(this);
                }
            }
            case CLOSE -> channel.close(CloseCode.TOKEN_EXPIRED);
            case DOUBT -> methods.doubt(this);
            case PROVE_AGAIN ->
                credentials
                        .again(who)
                        .onSuccess(regained -> trust(who, regained))
                        .onFailure(refused -> channel.close(CloseCode.TOKEN_EXPIRED));
            case NOTHING -> {}
        }
    }

    private void trust(Identity who, boolean regained) {
        if (regained && state == State.LIVE) {
            methods.replaceToken(this, who.token());
        }
    }

    @Override
    public Future<JsonObject> handle(RpcRequest request) {
        if (request.method().equals("authenticate")) {
            return authenticate(request);
        }
        return switch (state) {
            case LIVE -> start(request);
            case PROVING -> {
                Promise<JsonObject> later = Promise.promise();
                waiting.add(() -> handle(request).onComplete(later));
                yield later.future();
            }
            case EXPIRED ->
                request.method().equals("ping")
                        ? start(request)
                        : Future.failedFuture(
                                RpcError.unauthorized("token: expired (expected: authenticate with a new one first)"));
            case AWAITING ->
                Future.failedFuture(
                        RpcError.unauthorized("connection: not authenticated (expected: authenticate first)"));
            case CLOSED -> Future.failedFuture(RpcError.unauthorized("connection: closed"));
        };
    }

    private Future<JsonObject> start(RpcRequest request) {
        Identity who = identity;
        if (who == null) {
            return Future.failedFuture(new IllegalStateException("live without identity"));
        }
        return request.params().getValue("threadId") instanceof String threadId
                ? order.after(threadId, () -> methods.carryOut(request, who, this))
                : methods.carryOut(request, who, this);
    }

    private Future<JsonObject> authenticate(RpcRequest request) {
        try {
            Params params = new Params(request.params());
            String token = params.string("token", 1, Credentials.LENGTH);
            String ticket =
                    params.optionalString("ticket", 0, Credentials.LENGTH).orElse(null);
            params.finish();
            return authenticate(token, ticket);
        } catch (RpcError refused) {
            return Future.failedFuture(refused);
        }
    }

    private Future<JsonObject> authenticate(String text, @Nullable String ticket) {
        UserToken token;
        try {
            token = Credentials.read(text);
        } catch (RpcError refused) {
            return Future.failedFuture(refused);
        }
        if (identity != null && !identity.userId().equals(token.userId())) {
            channel.close(CloseCode.OTHER_USER);
            return Future.failedFuture(
                    new RpcError(403, "token: of another user", RpcError.data("Forbidden", false, -1)));
        }
        if (state == State.PROVING) {
            return Future.failedFuture(
                    new RpcError(409, "authenticate: already in progress", RpcError.data("Conflict", true, -1)));
        }
        if (state == State.AWAITING) {
            state = State.PROVING;
        }
        Promise<JsonObject> answer = Promise.promise();
        credentials.proof(token, ticket).onComplete(proof -> {
            if (proof.succeeded()) {
                answer.handle(accepted(token, proof.result()));
            } else {
                answer.fail(proof.cause());
            }
            settled();
        });
        return answer.future();
    }

    private Future<JsonObject> accepted(UserToken token, Instant provenAt) {
        long provenMs = provenAt.toEpochMilli();
        if (state == State.CLOSED) {
            return Future.failedFuture(RpcError.unauthorized("connection: closed"));
        }
        if (identity != null) {
            identity.replace(token, provenMs);
            methods.replaceToken(this, token);
        } else if (services.users().admit(token.userId())) {
            identity = new Identity(token, provenMs);
        } else {
            services.metrics().limitHit("connectionsPerUser");
            channel.close(CloseCode.TOO_MANY_CONNECTIONS);
            return Future.failedFuture(RpcError.tooManyRequests(
                    "connections: more than " + services.limits().connectionsPerUser() + " of this user", -1));
        }
        state = State.LIVE;
        String ticket = services.tickets()
                .issue(token.secret(), provenAt, services.clock().instant());
        return Future.succeededFuture(Session.describe(token, ticket, services.limits()));
    }

    /** Requests that came while the token was being proved are carried out, or refused, in their order. */
    private void settled() {
        if (state == State.PROVING) {
            state = State.AWAITING;
        }
        List<Runnable> now = List.copyOf(waiting);
        waiting.clear();
        now.forEach(Runnable::run);
    }

    @Override
    public void deliver(Frame frame) {
        channel.notify(frame);
    }

    @Override
    public void answer(String text) {
        channel.send(text);
    }

    @Override
    public void hold(boolean more) {
        channel.hold(more);
    }

    @Override
    public void reading(boolean on) {
        pulse.reading(on, services.clock().millis());
        if (on) {
            channel.resume();
        } else {
            channel.pause();
        }
    }

    @Override
    public void close(CloseCode code) {
        channel.close(code);
    }

    /** The socket is gone, by whose will ever; everything that the connection held is given back. */
    void ended(int closeCode) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        channel.gone();
        methods.drop(this);
        Optional<String> user = Optional.ofNullable(identity).map(Identity::userId);
        user.ifPresent(services.users()::dismiss);
        services.users().leave();
        services.metrics().connectionClosed(closeCode);
        long seconds = (services.clock().millis() - pulse.openedMs()) / 1000;
        LOG.info("connection {} of {} ended with {} after {} s", id, user.orElse("-"), closeCode, seconds);
        settled();
    }

    private void tell(String method, JsonObject params) {
        channel.send(FrameEncoder.notification(method, params).encode());
    }
}
