package dev.chatgateway.socket;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import io.vertx.core.json.JsonObject;

/** The answer to {@code authenticate}. */
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
