package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Answers to {@code authenticate}, and to requests of a connection that has no user with a token in force. */
final class Session {
    private Session() {}

    static JsonObject describe(UserToken token, String ticket, GatewayConfig.Limits limits) {
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

    static RpcError tooMany(GatewayConfig.Limits limits) {
        return RpcError.tooManyRequests("connections: more than " + limits.connectionsPerUser() + " of this user", -1);
    }

    /** Whether nobody could say if a token is good, so that the client may show it again. */
    static boolean unproven(@Nullable Throwable failure) {
        return failure instanceof RpcError error && (error.code() == 429 || error.code() >= 500);
    }

    static Future<JsonObject> expired() {
        return Future.failedFuture(
                RpcError.unauthorized("token: expired (expected: authenticate with a new one first)"));
    }

    static Future<JsonObject> unnamed() {
        return Future.failedFuture(
                RpcError.unauthorized("connection: not authenticated (expected: authenticate first)"));
    }

    /** What waited for its turn must not subscribe a connection that is no more. */
    static Future<JsonObject> gone() {
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
