package dev.chatgateway.socket.connection;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * Executes the JSON-RPC requests of one HTTP request, for a client without a connection. Owned by the event loop of the
 * HTTP request.
 */
public final class RpcExchange implements RpcRequests.Peer, Subscriber {
    private final Identity identity;
    private final String id;
    private final Answer answer;
    private final RequestOrder order;
    private final RpcRequests requests;
    private boolean gone;
    private boolean answered;

    /** Receives the outcome. One of its methods is called, once. */
    public interface Answer {
        /** The response, or the array of responses of a batch. */
        void reply(String json);

        /** All requests were notifications, which have no response. They may still be in progress. */
        void accepted();

        /** The user ignores the rate limit. */
        void abuse();
    }

    private RpcExchange(
            UserToken token,
            Instant provenAt,
            SocketContext socketContext,
            RequestDispatcher dispatcher,
            Answer answer) {
        this.answer = answer;
        identity = new Identity(token, provenAt.toEpochMilli());
        id = socketContext.users().nextId();
        order = new RequestOrder(dispatcher, () -> gone);
        requests = new RpcRequests(
                socketContext.limits(),
                socketContext.metrics(),
                socketContext.tracer(),
                socketContext.clock(),
                dispatcher,
                this);
        requests.setUserBucket(socketContext
                .users()
                .requests(token.userId(), socketContext.clock().millis()));
    }

    /**
     * Verifies the token.
     *
     * @param address client address, which the verification is charged to
     * @return the exchange; fails with an {@link RpcError}: 401 if the token is refused, 503 if it cannot be verified
     *     now
     */
    public static Future<RpcExchange> begin(
            String token, String address, SocketContext socketContext, RequestDispatcher dispatcher, Answer answer) {
        UserToken parsed;
        try {
            parsed = Credentials.parseToken(token);
        } catch (RpcError malformed) {
            return Future.failedFuture(malformed);
        }
        return new Credentials(socketContext, address)
                .prove(parsed, null)
                .map(provenAt -> new RpcExchange(parsed, provenAt, socketContext, dispatcher, answer));
    }

    /** Id of the user. */
    public String userId() {
        return identity.userId();
    }

    /** Executes one request or a batch. Call it once. */
    public void execute(String text) {
        if (!requests.receive(text).hasResponse() && !answered) {
            answered = true;
            answer.accepted();
        }
    }

    /** The client has disconnected: requests that have not been started are dropped. */
    public void clientGone() {
        gone = true;
    }

    @Override
    public Future<JsonObject> handle(RpcRequest request) {
        if (RequestDispatcher.needsConnection(request.method())) {
            return Future.failedFuture(new RpcError(
                    RpcError.METHOD_NOT_FOUND,
                    request.method() + ": not over plain HTTP (expected: a WebSocket or a stream for it)",
                    null));
        }
        return order.execute(request, identity, this);
    }

    @Override
    public void sendReply(String text) {
        if (!answered) {
            answered = true;
            answer.reply(text);
        }
    }

    @Override
    public void close(CloseCode code) {
        if (!answered) {
            answered = true;
            answer.abuse();
        }
    }

    @Override
    public String id() {
        return id;
    }

    /** Nothing is subscribed for this client. */
    @Override
    public void deliver(FrameBatch batch) {}

    /** Nothing is subscribed for this client. */
    @Override
    public void holdNotifications(boolean hold) {}

    /** The request was read completely before. */
    @Override
    public void setReading(boolean on) {}
}
