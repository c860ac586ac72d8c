package dev.chatgateway.command;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.Continuation;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.WireModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a user's inbox says of one thread: {@code lastMessage}, {@code unreadCount} and {@code lastReadMessageId}. The
 * messages are listed with the user's own token, so nobody sees what it may not; the count is null where receipts are
 * unsupported or the ledger has no room for them. May be called from any context.
 */
final class InboxEntries {
    /** The count ends here: 100 means 100 or more. */
    private static final int MOST_UNREAD = 100;

    /** Pages looked through for the read mark; beyond them the count is not known. */
    private static final int MOST_PAGES = 5;

    private final ChatService service;
    private final ReadMarks marks;

    InboxEntries(ChatService service, ReadMarks marks) {
        this.service = service;
        this.marks = marks;
    }

    /** A count in progress: the mark is empty for a user that has read nothing. */
    private record Count(UserToken token, String threadId, long mark, Priority priority, JsonObject entry) {}

    /** Fails as the chat service does when the messages can't be listed. */
    Future<JsonObject> entry(UserToken token, String threadId, Priority priority) {
        ChatCall call = list(token, threadId, priority).query(Map.of("maxPageSize", Integer.toString(MOST_UNREAD)));
        return service.call(call).compose(first -> {
            JsonObject page = first.body();
            JsonObject entry = new JsonObject()
                    .put("lastMessage", newest(page))
                    .put("unreadCount", null)
                    .put("lastReadMessageId", null);
            return marks.of(token, threadId)
                    .compose(mark -> {
                        mark.ifPresent(m -> entry.put("lastReadMessageId", m));
                        long from = mark.map(Long::parseLong).orElse(0L);
                        return count(new Count(token, threadId, from, priority, entry), page, 0, 1);
                    })
                    .otherwise(entry);
        });
    }

    private Future<JsonObject> count(Count count, JsonObject page, int before, int pages) {
        int unread = before;
        boolean met = false;
        JsonArray messages = Listing.array(page, "value");
        for (int i = 0; i < messages.size() && !met; i++) {
            ChatMessage message = message(messages, i);
            met = message != null && message.arrivedAt() <= count.mark;
            if (message != null && !met && unread(message, count.token.userId())) {
                unread++;
            }
        }
        Optional<String> next = Continuation.after(page);
        if (met || unread >= MOST_UNREAD || next.isEmpty() || messages.isEmpty()) {
            return Future.succeededFuture(count.entry.put("unreadCount", Math.min(unread, MOST_UNREAD)));
        }
        if (pages == MOST_PAGES) {
            return Future.succeededFuture(count.entry);
        }
        int soFar = unread;
        return service.call(list(count.token, count.threadId, count.priority).query(Continuation.query(next.get())))
                .compose(reply -> count(count, reply.body(), soFar, pages + 1));
    }

    private static boolean unread(ChatMessage message, String userId) {
        return !message.type().system() && !message.deleted() && !userId.equals(message.senderId());
    }

    private static @Nullable ChatMessage message(JsonArray messages, int index) {
        return messages.getValue(index) instanceof JsonObject json
                ? WireModels.message(json).orElse(null)
                : null;
    }

    private static @Nullable JsonObject newest(JsonObject page) {
        JsonArray messages = Listing.array(page, "value");
        if (messages.isEmpty() || !(messages.getValue(0) instanceof JsonObject message)) {
            return null;
        }
        GatewayMetadata.strip(message);
        return message;
    }

    private static ChatCall list(UserToken token, String threadId, Priority priority) {
        return ChatCall.of(ChatOperation.LIST_MESSAGES, token, threadId, priority);
    }
}
