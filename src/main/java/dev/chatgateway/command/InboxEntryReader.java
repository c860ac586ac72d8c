package dev.chatgateway.command;

import dev.chatgateway.command.MessagePages.Listed;
import dev.chatgateway.command.MessagePages.Page;
import dev.chatgateway.command.MessagePages.Query;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.WireModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads a user's inbox entry of one thread: {@code lastMessage}, {@code unreadCount} and {@code lastReadMessageId}. The
 * messages are listed with the user's own token, so the service decides what the user sees. The count is null if receipts
 * are not supported or the rate limiter refuses their listing. Last message and count are null if the listed pages do not
 * determine them. May be called from any context.
 */
final class InboxEntryReader {
    /** The highest count: 100 means 100 or more. */
    private static final int MAX_UNREAD = 100;

    /** Pages for one entry. */
    private static final int MAX_PAGES = 5;

    private final MessagePages pages;
    private final ReadMarks marks;

    InboxEntryReader(ChatService service, ReadMarks marks) {
        this.pages = new MessagePages(service);
        this.marks = marks;
    }

    /** Fails like the chat service if the messages cannot be listed. */
    Future<JsonObject> entry(UserToken token, String threadId, Priority priority) {
        Query query = new Query(token, threadId, priority, MAX_UNREAD);
        return pages.first(query).compose(first -> marks.of(token, threadId)
                .map(mark -> new Tally(token.userId(), mark.orElse(null), true))
                .otherwise(failure -> new Tally(token.userId(), null, false))
                .compose(tally -> collect(query, tally, first, 1)));
    }

    /** Lists pages until the tally is complete. If a page fails, the entry has what is certain by then. */
    private Future<JsonObject> collect(Query query, Tally tally, Page page, int count) {
        tally.add(page);
        if (page.next().isEmpty() || tally.isComplete() || count == MAX_PAGES) {
            return Future.succeededFuture(tally.entry());
        }
        return pages.after(query, page.next().get())
                .map(Optional::of)
                .otherwise(Optional.empty())
                .compose(next -> next.map(p -> collect(query, tally, p, count + 1))
                        .orElseGet(() -> Future.succeededFuture(tally.entry())));
    }

    /**
     * What the listed pages determine. A message that is not listed yet has an id of at most {@code readTo}, the lowest
     * version so far.
     */
    private static final class Tally {
        private final String userId;
        private final @Nullable String markId;
        private final long mark;
        private final boolean counting;
        private long readTo = Long.MAX_VALUE;
        private @Nullable Listed last;
        private int unread;

        /**
         * @param markId id of the newest message that the user has read; null if none
         * @param counting whether the mark is known
         */
        Tally(String userId, @Nullable String markId, boolean counting) {
            this.userId = userId;
            this.markId = markId;
            this.mark = markId == null ? 0 : Long.parseLong(markId);
            this.counting = counting;
        }

        void add(Page page) {
            for (Listed message : page.messages()) {
                readTo = Math.min(readTo, message.version());
                last = last == null || message.id() > last.id() ? message : last;
                unread += message.id() > mark && countable(message.json()) ? 1 : 0;
            }
            if (page.next().isEmpty()) {
                readTo = 0;
            }
        }

        private boolean countable(JsonObject json) {
            return WireModels.message(json)
                    .filter(m -> !m.type().system() && !m.deleted() && !userId.equals(m.senderId()))
                    .isPresent();
        }

        boolean isComplete() {
            return lastKnown() && (!counting || countKnown());
        }

        private boolean lastKnown() {
            return last == null ? readTo == 0 : last.id() >= readTo;
        }

        private boolean countKnown() {
            return unread >= MAX_UNREAD || readTo <= mark;
        }

        JsonObject entry() {
            return new JsonObject()
                    .put("lastMessage", lastKnown() && last != null ? stripped(last.json()) : null)
                    .put("unreadCount", counting && countKnown() ? Math.min(unread, MAX_UNREAD) : null)
                    .put("lastReadMessageId", markId);
        }

        private static JsonObject stripped(JsonObject message) {
            GatewayMetadata.strip(message);
            return message;
        }
    }
}
