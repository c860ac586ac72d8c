package dev.chatgateway.protocol;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** JSON-RPC 2.0 responses and notifications. */
public final class FrameEncoder {
    private FrameEncoder() {}

    /** Response to a successful request. */
    public static JsonObject result(@Nullable Object id, JsonObject result) {
        return new JsonObject().put("jsonrpc", "2.0").put("id", id).put("result", result);
    }

    /** Response to a failed request. */
    public static JsonObject error(@Nullable Object id, RpcError error) {
        return new JsonObject().put("jsonrpc", "2.0").put("id", id).put("error", error.toJson());
    }

    /** A message without a response. */
    public static JsonObject notification(String method, JsonObject params) {
        return new JsonObject().put("jsonrpc", "2.0").put("method", method).put("params", params);
    }
}
