package dev.chatgateway.protocol;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC request.
 *
 * @param id a string or a number; null in a notification, or where the client sent null
 * @param notification whether nothing is answered
 */
public record RpcRequest(@Nullable Object id, boolean notification, String method, JsonObject params) {

    /** Without the parameters, as they may hold a token or a message. */
    @Override
    public String toString() {
        return "RpcRequest[id=" + id + ", method=" + method + "]";
    }
}
