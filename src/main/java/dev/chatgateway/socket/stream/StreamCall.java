package dev.chatgateway.socket.stream;

import dev.chatgateway.protocol.FrameEncoder;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * One request that a stream sends to its connection.
 *
 * @param threadId thread that it subscribes to; null for others
 * @param attempt how often it was sent before
 */
record StreamCall(
        String method, JsonObject params, @Nullable String threadId, int attempt) {
    static StreamCall authenticate(String token) {
        return new StreamCall("authenticate", new JsonObject().put("token", token), null, 0);
    }

    static StreamCall subscribe(JsonObject params) {
        return new StreamCall("subscribe", params, params.getValue("threadId") instanceof String id ? id : null, 0);
    }

    static StreamCall subscribeInbox(JsonObject params) {
        return new StreamCall("subscribeInbox", params, null, 0);
    }

    StreamCall again() {
        return new StreamCall(method, params, threadId, attempt + 1);
    }

    boolean isAuthentication() {
        return method.equals("authenticate");
    }

    /** What it subscribes to, as a key: the id of the thread, which may be any text in a bad request, or the inbox. */
    String key() {
        return method.equals("subscribe") ? String.valueOf(threadId) : "inbox";
    }

    /** Whether the client names a position to go on from. */
    boolean hasCursor() {
        return params.containsKey("cursor");
    }

    String encode(int id) {
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params)
                .encode();
    }

    /** The notification that brings the result to the client. */
    JsonObject succeeded(JsonObject result) {
        JsonObject params = new JsonObject();
        if (threadId != null) {
            params.put("threadId", threadId);
        }
        String name = method.equals("subscribe") ? "subscribed" : "subscribedInbox";
        return FrameEncoder.notification(name, params.mergeIn(result));
    }

    /** The notification that brings a refusal to the client. */
    JsonObject failed(JsonObject error) {
        JsonObject params = new JsonObject();
        if (method.equals("subscribe")) {
            params.put("threadId", threadId);
        } else {
            params.put("inbox", true);
        }
        return FrameEncoder.notification("subscriptionFailed", params.put("error", error));
    }
}
