package dev.chatgateway.socket.connection;

import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.FrameEncoder;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
import dev.chatgateway.socket.transport.Transport;
import io.opentelemetry.context.Context;
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
 * A connection of a client, a WebSocket or a stream, with its states: not authenticated, proving a token, live, paused with an expired
 * token, closed. Owned by the event loop of the socket.
 */
public final class Connection implements Subscriber, RpcRequests.Peer, KeepAlive.Owner, ProvenTokens.Holder {
    private final String id;
    private final Kind kind;
    private final SocketContext socketContext;
    private final RequestDispatcher dispatcher;
    private final SocketChannel channel;
    private final ConnectionSlot slot;
    private final Consumer<Connection> onEnd;
    private final RpcRequests requests;
    private final Heartbeat heartbeat;
    private final KeepAlive keepAlive;
    private final Credentials credentials;
    private final TimerWheel.Position timerPosition = new TimerWheel.Position();
    private final RequestOrder requestOrder;

    private final List<Runnable> waitingRequests = new ArrayList<>();
    private State state = State.UNAUTHENTICATED;
    private @Nullable Identity identity;

    /** How the events of a connection reach its client. */
    public enum Kind {
        WEBSOCKET("websocket"),
        /** A response of Server-Sent Events. */
        EVENT_STREAM("sse"),
        /** One request of a long poll. */
        LONG_POLL("longPoll");

        /** Proxies close a response that is silent for 30 s or more. */
        private static final int STREAM_PING_SECONDS = 20;

        private final String token;

        Kind(String token) {
            this.token = token;
        }

        /** The name in metrics, logs and the management API. */
        public String token() {
            return token;
        }

        /** Seconds between two heartbeats. */
        int pingSeconds(GatewayConfig.Limits limits) {
            return this == WEBSOCKET ? limits.pingSeconds() : Math.min(limits.pingSeconds(), STREAM_PING_SECONDS);
        }
    }

    private enum State {
        UNAUTHENTICATED,
        PROVING,
        LIVE,
        EXPIRED,
        CLOSED
    }

    /** @param onEnd called when the socket is closed */
    public Connection(
            Kind kind,
            String address,
            ConnectionSlot slot,
            SocketContext socketContext,
            RequestDispatcher dispatcher,
            SocketChannel channel,
            Consumer<Connection> onEnd) {
        this.kind = kind;
        this.slot = slot;
        this.onEnd = onEnd;
        id = socketContext.users().nextId();
        this.socketContext = socketContext;
        this.dispatcher = dispatcher;
        this.channel = channel;
        channel.resyncNotification((threadId, cursor) -> dispatcher.resync(this, threadId, cursor));
        requests = new RpcRequests(
                socketContext.limits(),
                socketContext.metrics(),
                socketContext.tracer(),
                socketContext.clock(),
                dispatcher,
                this);
        requestOrder = new RequestOrder(dispatcher, this::isClosed);
        credentials = new Credentials(socketContext, address);
        heartbeat = new Heartbeat(
                socketContext.limits(),
                kind.pingSeconds(socketContext.limits()),
                socketContext.clock().millis());
        keepAlive = new KeepAlive(socketContext.limits(), channel, heartbeat, credentials);
    }

    @Override
    public String id() {
        return id;
    }

    /**
     * Authenticates with the credentials of the upgrade request, if it has any. A refused token closes with 4401. If
     * the token cannot be proven now there is no request to reply to, and the client is closed with 1013 to come
     * again.
     */
    public void open(@Nullable String token, @Nullable String ticket) {
        if (token != null) {
            Future.succeededFuture()
                    .compose(v -> authenticate(token, ticket))
                    .onSuccess(result -> sendNotification("authenticated", result))
                    .onFailure(failure -> channel.close(
                            Session.isRetryable(failure) ? CloseCode.NODE_FULL : CloseCode.TOKEN_EXPIRED));
        }
    }

    /** The position of the connection in the {@link TimerWheel}. */
    TimerWheel.Position timerPosition() {
        return timerPosition;
    }

    /**
     * Creates the listener of the socket.
     *
     * @param onBacklog called when the operating system did not accept all output
     */
    public Transport.Listener frameHandler(Consumer<Connection> onBacklog) {
        return new FrameHandler(this, channel, requests, heartbeat, socketContext, onBacklog);
    }

    /**
     * Runs the periodic checks: time limits, pings, token expiry.
     *
     * @return milliseconds until the next call
     */
    public long tick(long nowMs) {
        return keepAlive.tick(nowMs, identity, this);
    }

    @Override
    public void tokenExpired() {
        if (state == State.LIVE) {
            state = State.EXPIRED;
            dispatcher.pause(this);
        }
    }

    /** Whether the socket is closed. */
    public boolean isClosed() {
        return state == State.CLOSED;
    }

    /** The entry of this connection in the management API. */
    public NodeState.ConnectionEntry report() {
        return ConnectionReports.of(id, kind.token(), identity, heartbeat, channel, dispatcher.subscriptions(this));
    }

    /**
     * Checks the output that the peer has not read.
     *
     * @return true if this must be called again in a second
     */
    public boolean checkBacklog(long nowMs) {
        return channel.checkBacklog(nowMs);
    }

    @Override
    public void proofOverdue() {
        dispatcher.pauseUnproven(this);
    }

    @Override
    public void proofRenewed(Identity current) {
        if (state == State.LIVE) {
            dispatcher.replaceToken(this, current.token());
        }
    }

    /** Closes the connection unless the client has replaced the token. Any thread. */
    @Override
    public void refused(UserToken token) {
        dispatcher.runOnEventLoop(() -> {
            if (identity != null && identity.token().equals(token)) {
                channel.close(CloseCode.TOKEN_EXPIRED);
            }
        });
    }

    @Override
    public Future<JsonObject> handle(RpcRequest request) {
        if (request.method().equals("authenticate")) {
            return Credentials.parse(request).compose(presented -> authenticate(presented.token(), presented.ticket()));
        }
        return switch (state) {
            case LIVE -> execute(request);
            case PROVING -> {
                Promise<JsonObject> later = Promise.promise();
                Runnable resume = () -> handle(request).onComplete(later);
                waitingRequests.add(Context.current().wrap(resume));
                yield later.future();
            }
            case EXPIRED -> request.method().equals("ping") ? execute(request) : Session.expired();
            case UNAUTHENTICATED -> Session.notAuthenticated();
            case CLOSED -> Session.closed();
        };
    }

    private Future<JsonObject> execute(RpcRequest request) {
        return requestOrder.execute(request, Objects.requireNonNull(identity, "live"), this);
    }

    private Future<JsonObject> authenticate(String text, @Nullable String ticket) {
        UserToken token = Credentials.parseToken(text);
        if (identity != null && !identity.userId().equals(token.userId())) {
            channel.close(CloseCode.OTHER_USER);
            return Future.failedFuture(RpcError.of(403, "token: of another user", "Forbidden", false));
        }
        if (state == State.PROVING) {
            return Future.failedFuture(RpcError.of(409, "authenticate: already in progress", "Conflict", true));
        }
        if (state == State.UNAUTHENTICATED) {
            state = State.PROVING;
            heartbeat.authenticationStarted(socketContext.clock().millis());
        }
        Promise<JsonObject> reply = Promise.promise();
        credentials.prove(token, ticket).onComplete(proof -> {
            if (proof.succeeded()) {
                reply.handle(authenticated(token, proof.result()));
            } else {
                reply.fail(proof.cause());
            }
            runWaiting(Session.isRetryable(proof.cause()));
        });
        return reply.future();
    }

    private Future<JsonObject> authenticated(UserToken token, Instant provenAt) {
        if (isClosed()) {
            return Session.closed();
        }
        if (identity != null) {
            credentials.setHolder(token, identity.token(), this);
            identity.replace(token, provenAt.toEpochMilli());
            dispatcher.replaceToken(this, token);
        } else {
            var userBucket = socketContext
                    .users()
                    .add(token.userId(), socketContext.clock().millis());
            if (userBucket.isEmpty()) {
                return tooManyConnections();
            }
            identity = new Identity(token, provenAt.toEpochMilli());
            requests.setUserBucket(userBucket.get());
            credentials.setHolder(token, null, this);
            if (!slot.authenticated()) {
                return Session.closed();
            }
        }
        state = State.LIVE;
        return Future.succeededFuture(
                Session.authenticated(token, credentials.issueTicket(token, provenAt), socketContext.limits()));
    }

    private Future<JsonObject> tooManyConnections() {
        socketContext.metrics().limitHit("connectionsPerUser");
        channel.close(CloseCode.TOO_MANY_CONNECTIONS);
        return Future.failedFuture(Session.tooManyConnections(socketContext.limits()));
    }

    /**
     * Runs the requests that waited for the proof, in order. They are executed, or refused if the proof failed.
     *
     * @param retryable whether the proof failed for a reason that is not the fault of the client
     */
    private void runWaiting(boolean retryable) {
        if (state == State.PROVING) {
            state = State.UNAUTHENTICATED;
            heartbeat.authenticationFailed(socketContext.clock().millis(), retryable);
        }
        List<Runnable> now = List.copyOf(waitingRequests);
        waitingRequests.clear();
        now.forEach(Runnable::run);
    }

    @Override
    public long losses() {
        return channel.resyncs();
    }

    @Override
    public void deliver(FrameBatch batch) {
        channel.deliver(batch);
    }

    @Override
    public void sendReply(String text) {
        channel.send(text);
    }

    @Override
    public void holdNotifications(boolean hold) {
        channel.holdNotifications(hold);
    }

    @Override
    public void setReading(boolean on) {
        heartbeat.setReading(on, socketContext.clock().millis());
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

    /** The socket is closed. Releases everything that the connection holds. */
    void socketClosed(int closeCode) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        NodeState.ConnectionEntry entry = report();
        onEnd.accept(this);
        channel.discard();
        dispatcher.remove(this);
        slot.release(entry.userId());
        if (identity != null) {
            credentials.removeHolder(identity.token(), this);
        }
        socketContext.metrics().sockets().connectionClosed(CloseCode.label(closeCode));
        ConnectionLog.logClosed(entry, closeCode, socketContext.clock().instant());
        runWaiting(false);
    }

    @Override
    public void sendNotification(String method, JsonObject params) {
        channel.send(FrameEncoder.notification(method, params).encode());
    }
}
