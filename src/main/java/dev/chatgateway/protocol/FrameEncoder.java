package dev.chatgateway.protocol;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Answers and notifications as JSON-RPC 2.0. */
public final class FrameEncoder {
    private FrameEncoder() {}

    /** The answer to a request that succeeded. */
    public static JsonObject result(@Nullable Object id, JsonObject result) {
        return new JsonObject().put("jsonrpc", "2.0").put("id", id).put("result", result);
    }

    /** The answer to a request that failed. */
    public static JsonObject error(@Nullable Object id, RpcError error) {
        return new JsonObject().put("jsonrpc", "2.0").put("id", id).put("error", error.toJson());
    }

    /** A frame that asks for no answer. */
    public static JsonObject notification(String method, JsonObject params) {
        return new JsonObject().put("jsonrpc", "2.0").put("method", method).put("params", params);
    }
}
