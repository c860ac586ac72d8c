package dev.chatgateway.socket.connection;

import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.FrameEncoder;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
import dev.chatgateway.socket.transport.Transport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The life of one WebSocket: waiting for a token, proving it, live, paused with an expired token, closed. Owned by the
 * socket's event loop; nothing here is called from elsewhere.
 */
public final class Connection implements Subscriber, RpcRequests.Peer, KeepAlive.Owner, ProvenTokens.Holder {
    private final String id;
    private final SocketContext services;
    private final RequestDispatcher methods;
    private final SocketChannel channel;
    private final NodePlace stay;
    private final Consumer<Connection> onEnd;
    private final RpcRequests requests;
    private final Heartbeat pulse;
    private final KeepAlive upkeep;
    private final Credentials credentials;
    private final TimerWheel.Place place = new TimerWheel.Place();
    private final RequestOrder turns;

    private final List<Runnable> waiting = new ArrayList<>();
    private State state = State.AWAITING;
    private @Nullable Identity identity;

    private enum State {
        AWAITING,
        PROVING,
        LIVE,
        EXPIRED,
        CLOSED
    }

    /** @param onEnd told when the socket is gone */
    public Connection(
            String address,
            NodePlace stay,
            SocketContext services,
            RequestDispatcher methods,
            SocketChannel channel,
            Consumer<Connection> onEnd) {
        this.stay = stay;
        this.onEnd = onEnd;
        id = services.users().name();
        this.services = services;
        this.methods = methods;
        this.channel = channel;
        requests = new RpcRequests(
                services.limits(), services.metrics(), services.tracer(), services.clock(), methods, this);
        turns = new RequestOrder(methods, services.tracer(), this::over);
        credentials = new Credentials(services, address);
        pulse = new Heartbeat(services.limits(), services.clock().millis());
        upkeep = new KeepAlive(services.limits(), channel, pulse, credentials);
    }

    @Override
    public String id() {
        return id;
    }

    /**
     * Begins with the credentials of the upgrade request, if it had any. Bad ones close with 4401; if nobody can say what
     * they are, there is no request to answer so, and the client is told to come again.
     */
    public void open(@Nullable String token, @Nullable String ticket) {
        if (token != null) {
            Future.succeededFuture()
                    .compose(v -> authenticate(token, ticket))
                    .onSuccess(result -> tell("authenticated", result))
                    .onFailure(failure ->
                            channel.close(Session.unproven(failure) ? CloseCode.NODE_FULL : CloseCode.TOKEN_EXPIRED));
        }
    }

    /** Where it stands in its loop's wheel. */
    TimerWheel.Place place() {
        return place;
    }

    /** What its socket tells what happens to. */
    public Transport.User incoming(Consumer<Connection> behind) {
        return new FrameHandler(this, channel, requests, pulse, services, behind);
    }

    /**
     * Time limits, heartbeat, expiry of the token.
     *
     * @return in how many milliseconds this must be asked again
     */
    public long tick(long nowMs) {
        return upkeep.tick(nowMs, identity, this);
    }

    @Override
    public void expired() {
        if (state == State.LIVE) {
            state = State.EXPIRED;
            methods.pause(this);
        }
    }

    /** Whether the socket is gone. */
    public boolean over() {
        return state == State.CLOSED;
    }

    /** What operators may know of it. */
    public NodeState.ConnectionEntry report() {
        return ConnectionReports.of(id, identity, pulse, channel, methods.subscriptions(this));
    }

    /** Whether the peer has not taken all that was sent, and must be looked at again in a second. */
    public boolean late(long nowMs) {
        return channel.checkAge(nowMs);
    }

    @Override
    public void doubted() {
        methods.doubt(this);
    }

    @Override
    public void trusted(Identity who) {
        if (state == State.LIVE) {
            methods.replaceToken(this, who.token());
        }
    }

    /** On any thread; a client that has shown a newer token meanwhile stays. */
    @Override
    public void refused(UserToken token) {
        methods.onLoop(() -> {
            if (identity != null && identity.token().equals(token)) {
                channel.close(CloseCode.TOKEN_EXPIRED);
            }
        });
    }

    @Override
    public Future<JsonObject> handle(RpcRequest request) {
        if (request.method().equals("authenticate")) {
            return Credentials.shown(request).compose(shown -> authenticate(shown.token(), shown.ticket()));
        }
        return switch (state) {
            case LIVE -> start(request);
            case PROVING -> {
                Promise<JsonObject> later = Promise.promise();
                waiting.add(services.tracer().later(() -> handle(request).onComplete(later)));
                yield later.future();
            }
            case EXPIRED -> request.method().equals("ping") ? start(request) : Session.expired();
            case AWAITING -> Session.unnamed();
            case CLOSED -> Session.gone();
        };
    }

    private Future<JsonObject> start(RpcRequest request) {
        return turns.take(request, Objects.requireNonNull(identity, "live"), this);
    }

    private Future<JsonObject> authenticate(String text, @Nullable String ticket) {
        UserToken token = Credentials.read(text);
        if (identity != null && !identity.userId().equals(token.userId())) {
            channel.close(CloseCode.OTHER_USER);
            return Future.failedFuture(RpcError.of(403, "token: of another user", "Forbidden", false));
        }
        if (state == State.PROVING) {
            return Future.failedFuture(RpcError.of(409, "authenticate: already in progress", "Conflict", true));
        }
        if (state == State.AWAITING) {
            state = State.PROVING;
            pulse.named(services.clock().millis());
        }
        Promise<JsonObject> answer = Promise.promise();
        credentials.proof(token, ticket).onComplete(proof -> {
            if (proof.succeeded()) {
                answer.handle(accepted(token, proof.result()));
            } else {
                answer.fail(proof.cause());
            }
            settled(Session.unproven(proof.cause()));
        });
        return answer.future();
    }

    private Future<JsonObject> accepted(UserToken token, Instant provenAt) {
        if (over()) {
            return Session.gone();
        }
        if (identity != null) {
            credentials.hold(token, identity.token(), this);
            identity.replace(token, provenAt.toEpochMilli());
            methods.replaceToken(this, token);
        } else {
            var ofUser = services.users().admit(token.userId(), services.clock().millis());
            if (ofUser.isEmpty()) {
                return crowded();
            }
            identity = new Identity(token, provenAt.toEpochMilli());
            requests.share(ofUser.get());
            credentials.hold(token, null, this);
            if (!stay.signedIn()) {
                return Session.gone();
            }
        }
        state = State.LIVE;
        return Future.succeededFuture(Session.describe(token, credentials.ticket(token, provenAt), services.limits()));
    }

    private Future<JsonObject> crowded() {
        services.metrics().limitHit("connectionsPerUser");
        channel.close(CloseCode.TOO_MANY_CONNECTIONS);
        return Future.failedFuture(Session.tooMany(services.limits()));
    }

    /** RpcRequests that came while the token was being proved are carried out, or refused, in their order. */
    private void settled(boolean hindered) {
        if (state == State.PROVING) {
            state = State.AWAITING;
            pulse.unnamed(services.clock().millis(), hindered);
        }
        List<Runnable> now = List.copyOf(waiting);
        waiting.clear();
        now.forEach(Runnable::run);
    }

    @Override
    public long losses() {
        return channel.losses();
    }

    @Override
    public void deliver(FrameBatch run) {
        channel.deliver(run);
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
        NodeState.ConnectionEntry life = report();
        onEnd.accept(this);
        channel.gone();
        methods.drop(this);
        stay.leave(life.userId());
        if (identity != null) {
            credentials.release(identity.token(), this);
        }
        services.metrics().sockets().connectionClosed(CloseCode.label(closeCode));
        ConnectionLog.ended(life, closeCode, services.clock().instant());
        settled(false);
    }

    @Override
    public void tell(String method, JsonObject params) {
        channel.send(FrameEncoder.notification(method, params).encode());
    }
}
