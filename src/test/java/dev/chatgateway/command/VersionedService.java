package dev.chatgateway.command;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A chat service with one thread that lists messages by version, newest change first, in pages of the requested size. */
final class VersionedService implements ChatService {
    static final String THREAD = "19:t@thread.v2";
    static final long START = 1_700_000_000_000L;

    /** Calls that list messages, in order. */
    final List<ChatCall> listings = new ArrayList<>();

    /** Number of empty pages with a next link before each page of messages. */
    int emptyPages;

    private final Map<Long, JsonObject> messages = new TreeMap<>();
    private final JsonArray receipts = new JsonArray();

    /** Adds a message that arrived that many milliseconds after the start. */
    VersionedService send(String userId, long after) {
        messages.put(START + after, message(START + after, START + after, userId));
        return this;
    }

    VersionedService sendIdentified(String userId, long after, String clientMessageId) {
        send(userId, after);
        messages.get(START + after)
                .put("metadata", new JsonObject().put(GatewayMetadata.CLIENT_MESSAGE_ID, clientMessageId));
        return this;
    }

    VersionedService edit(long after, long editedAfter) {
        messages.get(START + after)
                .put("version", Long.toString(START + editedAfter))
                .put("editedOn", time(START + editedAfter));
        return this;
    }

    VersionedService delete(long after, long deletedAfter) {
        messages.get(START + after)
                .put("version", Long.toString(START + deletedAfter))
                .put("deletedOn", time(START + deletedAfter))
                .put("content", new JsonObject().put("message", "").put("attachments", new JsonArray()));
        return this;
    }

    VersionedService read(String userId, long after) {
        receipts.add(new JsonObject()
                .put("senderCommunicationIdentifier", new JsonObject().put("rawId", userId))
                .put("chatMessageId", id(after))
                .put("readOn", time(START + after)));
        return this;
    }

    static String id(long after) {
        return Long.toString(START + after);
    }

    private static JsonObject message(long id, long version, String userId) {
        return new JsonObject()
                .put("id", Long.toString(id))
                .put("type", "text")
                .put("sequenceId", "1")
                .put("version", Long.toString(version))
                .put("createdOn", time(id))
                .put("content", new JsonObject().put("message", "m" + id).put("attachments", new JsonArray()))
                .put("senderCommunicationIdentifier", new JsonObject().put("rawId", userId));
    }

    private static String time(long ms) {
        return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    @Override
    public Future<Reply> call(ChatCall call) {
        if (call.operation() == ChatOperation.LIST_MESSAGES) {
            listings.add(call);
            return Future.succeededFuture(new Reply(200, page(call.query())));
        }
        if (call.operation() == ChatOperation.LIST_READ_RECEIPTS) {
            return Future.succeededFuture(new Reply(200, new JsonObject().put("value", receipts.copy())));
        }
        if (call.operation() == ChatOperation.LIST_PARTICIPANTS && call.priority() == Priority.RECEIPTS) {
            return Future.succeededFuture(new Reply(200, new JsonObject().put("value", new JsonArray())));
        }
        throw new AssertionError(call);
    }

    private JsonObject page(Map<String, String> query) {
        int size = Integer.parseInt(query.get("maxPageSize"));
        String[] state = query.getOrDefault("syncState", emptyPages + ":" + Long.MAX_VALUE)
                .split(":", 2);
        int empty = Integer.parseInt(state[0]);
        long below = Long.parseLong(state[1]);
        if (empty > 0) {
            return new JsonObject().put("value", new JsonArray()).put("nextLink", link(empty - 1, below, size));
        }
        List<JsonObject> rest = messages.values().stream()
                .filter(m -> version(m) < below)
                .sorted(Comparator.comparingLong(VersionedService::version).reversed())
                .toList();
        List<JsonObject> page = rest.subList(0, Math.min(size, rest.size()));
        JsonObject answer = new JsonObject()
                .put("value", new JsonArray(page.stream().map(JsonObject::copy).toList()));
        return page.size() == rest.size()
                ? answer
                : answer.put("nextLink", link(emptyPages, version(page.get(page.size() - 1)), size));
    }

    private static String link(int empty, long below, int size) {
        return "https://service/chat/threads/t/messages?syncState=" + empty + "%3A" + below
                + "&startTime=1%2F1%2F1970%2012:00:00%20AM%20%2B00:00&maxPageSize=" + size;
    }

    private static long version(JsonObject message) {
        return Long.parseLong(message.getString("version"));
    }
}
