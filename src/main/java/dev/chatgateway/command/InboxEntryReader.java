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
 * What a user's inbox says of one thread: {@code lastMessage}, {@code unreadCount} and {@code lastReadMessageId}. The
 * messages are listed with the user's own token, so nobody sees what it may not. The count is null where receipts are
 * unsupported or the ledger has no room for them; last message and count are null where the pages read do not tell them.
 * May be called from any context.
 */
final class InboxEntryReader {
    /** The count ends here: 100 means 100 or more. */
    private static final int MOST_UNREAD = 100;

    /** Pages read for one entry at most. */
    private static final int MOST_PAGES = 5;

    private final MessagePages pages;
    private final ReadMarks marks;

    InboxEntryReader(ChatService service, ReadMarks marks) {
        this.pages = new MessagePages(service);
        this.marks = marks;
    }

    /** Fails as the chat service does when the messages can't be listed. */
    Future<JsonObject> entry(UserToken token, String threadId, Priority priority) {
        Query query = new Query(token, threadId, priority, MOST_UNREAD);
        return pages.first(query).compose(first -> marks.of(token, threadId)
                .map(mark -> new Tally(token.userId(), mark.orElse(null), true))
                .otherwise(failure -> new Tally(token.userId(), null, false))
                .compose(tally -> read(query, tally, first, 1)));
    }

    /** Reads on until the tally is done; where a page can't be read, what is certain by then is told. */
    private Future<JsonObject> read(Query query, Tally tally, Page page, int count) {
        tally.take(page);
        if (page.next().isEmpty() || tally.done() || count == MOST_PAGES) {
            return Future.succeededFuture(tally.entry());
        }
        return pages.after(query, page.next().get())
                .map(Optional::of)
                .otherwise(Optional.empty())
                .compose(next -> next.map(p -> read(query, tally, p, count + 1))
                        .orElseGet(() -> Future.succeededFuture(tally.entry())));
    }

    /**
     * What the pages read so far tell. A message that is not read yet has an id of at most {@code readTo}, the last version
     * read.
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
         * @param markId id of the message that the user has read up to; null for one that has read nothing
         * @param counting whether the mark is known
         */
        Tally(String userId, @Nullable String markId, boolean counting) {
            this.userId = userId;
            this.markId = markId;
            this.mark = markId == null ? 0 : Long.parseLong(markId);
            this.counting = counting;
        }

        void take(Page page) {
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

        boolean done() {
            return lastKnown() && (!counting || countKnown());
        }

        private boolean lastKnown() {
            return last == null ? readTo == 0 : last.id() >= readTo;
        }

        private boolean countKnown() {
            return unread >= MOST_UNREAD || readTo <= mark;
        }

        JsonObject entry() {
            return new JsonObject()
                    .put("lastMessage", lastKnown() && last != null ? stripped(last.json()) : null)
                    .put("unreadCount", counting && countKnown() ? Math.min(unread, MOST_UNREAD) : null)
                    .put("lastReadMessageId", markId);
        }

        private static JsonObject stripped(JsonObject message) {
            GatewayMetadata.strip(message);
            return message;
        }
    }
}
