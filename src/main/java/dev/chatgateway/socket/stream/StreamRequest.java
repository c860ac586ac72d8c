package dev.chatgateway.socket.stream;

import dev.chatgateway.protocol.RpcError;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a stream subscribes to.
 *
 * @param subscriptions params of a {@code subscribe} request each
 * @param inbox params of {@code subscribeInbox}; null: no inbox
 * @param single whether the address names the one thing to subscribe to, so that its refusal is the response
 * @param waitMs how long a long poll waits for events, in milliseconds
 */
record StreamRequest(
        List<JsonObject> subscriptions, @Nullable JsonObject inbox, boolean single, long waitMs) {
    static final int MAX_WAIT_MS = 25_000;

    /** Fields of the body. */
    static final Set<String> MEMBERS = Set.of("subscriptions", "inbox", "waitMs");
    /** Parameters of the query that are integers. */
    static final Set<String> NUMBERS = Set.of("limit");
    /** Parameters of the query that are lists, separated by commas. */
    static final Set<String> LISTS = Set.of("events", "include");

    private static final String LAST_EVENT_ID = "Last-Event-ID";

    /**
     * The request of {@code GET /threads/{threadId}/events}, or of the inbox. The query has the params; an event stream
     * that reconnects names its cursor in a header, which is newer than the one in the query.
     *
     * @param threadId null: the inbox
     */
    static StreamRequest ofQuery(@Nullable String threadId, MultiMap query, MultiMap headers) {
        JsonObject params = new JsonObject();
        for (String name : query.names()) {
            List<String> values = query.getAll(name);
            if (name.equals("threadId")) {
                throw RpcError.invalidParams("threadId: in the query (expected: in the path)");
            } else if (LISTS.contains(name)) {
                params.put(name, new JsonArray(List.of(String.join(",", values).split(","))));
            } else if (values.size() > 1) {
                throw RpcError.invalidParams(name + ": " + values.size() + " times (expected: once)");
            } else {
                params.put(name, NUMBERS.contains(name) ? number(name, values.get(0)) : values.get(0));
            }
        }
        String last = headers.get(LAST_EVENT_ID);
        if (last != null && !last.isEmpty()) {
            params.put("cursor", last);
        }
        return threadId == null
                ? new StreamRequest(List.of(), params, true, MAX_WAIT_MS)
                : new StreamRequest(List.of(params.put("threadId", threadId)), null, true, MAX_WAIT_MS);
    }

    private static int number(String name, String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw RpcError.invalidParams(name + ": not an integer (expected: one)");
        }
    }

    /**
     * The body of {@code POST /streams}.
     *
     * @param maxSubscriptions limit of one connection
     */
    static StreamRequest ofBody(JsonObject body, int maxSubscriptions) {
        for (String name : body.fieldNames()) {
            if (!MEMBERS.contains(name)) {
                throw RpcError.invalidParams(name + ": unknown field (expected: subscriptions, inbox, waitMs)");
            }
        }
        List<JsonObject> subscriptions = subscriptions(body.getValue("subscriptions"), maxSubscriptions);
        Object inbox = body.getValue("inbox");
        if (inbox != null && !(inbox instanceof JsonObject)) {
            throw RpcError.invalidParams("inbox: not an object (expected: {cursor})");
        }
        if (subscriptions.isEmpty() && inbox == null) {
            throw RpcError.invalidParams("subscriptions: none (expected: one or more, or inbox)");
        }
        Object wait = body.getValue("waitMs", MAX_WAIT_MS);
        if (!(wait instanceof Integer ms) || ms < 0 || ms > MAX_WAIT_MS) {
            throw RpcError.invalidParams("waitMs: not a number of milliseconds (expected: 0 to " + MAX_WAIT_MS + ")");
        }
        return new StreamRequest(subscriptions, (JsonObject) inbox, false, ms);
    }

    private static List<JsonObject> subscriptions(@Nullable Object value, int max) {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof JsonArray array) || array.size() > max) {
            throw RpcError.invalidParams(
                    "subscriptions: not a list, or too long (expected: a list of at most " + max + ")");
        }
        List<JsonObject> subscriptions = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (!(array.getValue(i) instanceof JsonObject subscription)) {
                throw RpcError.invalidParams("subscriptions[" + i + "]: not an object (expected: params of subscribe)");
            }
            subscriptions.add(subscription);
        }
        return subscriptions;
    }
}
