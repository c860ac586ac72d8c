package dev.chatgateway.protocol;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC request.
 *
 * @param id a string or a number; null for a notification, or if the client sent null
 * @param notification whether the request gets no response
 */
public record RpcRequest(@Nullable Object id, boolean notification, String method, JsonObject params) {

    /** Does not contain the parameters, which may have a token or a message. */
    @Override
    public String toString() {
        return "RpcRequest[id=" + id + ", method=" + method + "]";
    }
}
