package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Replies to {@code authenticate}, and errors for requests on a connection without a valid token. */
final class Session {
    private Session() {}

    static JsonObject authenticated(UserToken token, String ticket, GatewayConfig.Limits limits) {
        JsonObject identifier = new JsonObject()
                .put("rawId", token.userId())
                .put("communicationUser", new JsonObject().put("id", token.userId()));
        return new JsonObject()
                .put("user", new JsonObject().put("communicationIdentifier", identifier))
                .put("expiresOn", token.expiresOn().toString())
                .put(
                        "session",
                        new JsonObject()
                                .put("ticket", ticket)
                                .put("heartbeatSeconds", limits.pingSeconds())
                                .put("limits", limits(limits)));
    }

    static RpcError tooManyConnections(GatewayConfig.Limits limits) {
        return RpcError.tooManyRequests("connections: more than " + limits.connectionsPerUser() + " of this user", -1);
    }

    /** Whether the token could not be proven for a reason that is not the fault of the client, so that it may retry. */
    static boolean isRetryable(@Nullable Throwable failure) {
        return failure instanceof RpcError error && (error.code() == 429 || error.code() >= 500);
    }

    static Future<JsonObject> expired() {
        return Future.failedFuture(
                RpcError.unauthorized("token: expired (expected: authenticate with a new one first)"));
    }

    static Future<JsonObject> notAuthenticated() {
        return Future.failedFuture(
                RpcError.unauthorized("connection: not authenticated (expected: authenticate first)"));
    }

    /** For requests that waited when the connection was closed: a subscription must not begin then. */
    static Future<JsonObject> closed() {
        return Future.failedFuture(RpcError.unauthorized("connection: closed"));
    }

    private static JsonObject limits(GatewayConfig.Limits limits) {
        return new JsonObject()
                .put("frameBytes", limits.frameBytes())
                .put("contentBytes", limits.contentBytes())
                .put("batch", limits.batch())
                .put("requestsPerSecond", limits.requestsPerSecond())
                .put("requestsBurst", limits.requestsBurst())
                .put("inFlight", limits.inFlight())
                .put("subscriptions", limits.subscriptions());
    }
}
