package dev.chatgateway.poll.source;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Lists the messages of a thread from the newest change down to a version, within a limit of pages. */
public final class MessageLister {
    /** The service's largest page. */
    public static final int LARGEST_PAGE = 200;

    private final ThreadSource source;
    private final String threadId;
    private final int maxPages;

    public MessageLister(ThreadSource source, String threadId, int maxPages) {
        this.source = source;
        this.threadId = threadId;
        this.maxPages = maxPages;
    }

    /**
     * How far a listing goes.
     *
     * @param firstPageSize messages in the first page, 1 to {@link #LARGEST_PAGE}; further pages are of the largest
     *     size
     * @param maxMessages the listing ends after the page with which it has this many messages
     * @param downTo the listing goes on until a message has this version or a lower one
     * @param thenDownTo called once with the messages listed so far when {@code downTo} is reached; returns the version
     *     to go on to, at most {@code downTo}
     */
    public record Range(int firstPageSize, int maxMessages, long downTo, ToLongFunction<List<ChatMessage>> thenDownTo) {
        /** Down to one version, without a limit of messages. */
        public static Range downTo(long version, int firstPageSize) {
            return new Range(firstPageSize, Integer.MAX_VALUE, version, listed -> version);
        }
    }

    /**
     * The result of a listing.
     *
     * @param messages newest change first; a message occurs twice if it changed between two pages, or if the first page
     *     was listed again
     * @param top version of the first message of the listing; 0 if there are no messages
     * @param bottom every state above this version that the user sees is listed; {@link #END} if the listing ended at
     *     the thread's oldest message
     * @param complete whether the listing went as far as its range asks; false if it hit the limit of pages
     * @param inOrder whether no message has a higher version than the one before it
     */
    public record Listing(List<ChatMessage> messages, long top, long bottom, boolean complete, boolean inOrder) {
        static final long END = Long.MIN_VALUE;
    }

    /** Lists with one user's token. Fails with the failure of the first call that fails. */
    public Future<Listing> list(UserToken token, Range range, Priority priority) {
        return page(new Pages(token, range, priority), null, range.firstPageSize, 1);
    }

    /** The pages of one listing so far. */
    private static final class Pages {
        private final UserToken token;
        private final Range range;
        private final Priority priority;
        private final List<ChatMessage> messages = new ArrayList<>();
        private long top;
        private long bottom = Long.MAX_VALUE;
        private boolean inOrder = true;
        /** The result of {@link Range#thenDownTo}; null until {@link Range#downTo} is reached. */
        private @Nullable Long lastVersion;

        Pages(UserToken token, Range range, Priority priority) {
            this.token = token;
            this.range = range;
            this.priority = priority;
        }

        /** @param first whether it is a first page: a listing that is begun again has a new top */
        void add(List<ChatMessage> page, boolean first) {
            if (first) {
                top = page.isEmpty() ? 0 : page.get(0).version();
                bottom = Long.MAX_VALUE;
            } else if (top == 0 && !page.isEmpty()) {
                top = page.get(0).version();
            }
            for (ChatMessage message : page) {
                inOrder &= message.version() <= bottom;
                bottom = Math.min(bottom, message.version());
            }
            messages.addAll(page);
        }

        boolean complete() {
            if (lastVersion == null && bottom <= range.downTo) {
                lastVersion = range.thenDownTo.applyAsLong(messages);
            }
            return messages.size() >= range.maxMessages || (lastVersion != null && bottom <= lastVersion);
        }

        Listing end(long listedDownTo, boolean complete) {
            return new Listing(messages, top, listedDownTo, complete, inOrder);
        }
    }

    private Future<Listing> page(Pages pages, @Nullable String pageToken, int size, int number) {
        return source.messages(pages.token, threadId, size, pageToken, pages.priority)
                .compose(page -> {
                    pages.add(page.messages(), pageToken == null);
                    if (page.next() == null) {
                        return Future.succeededFuture(pages.end(Listing.END, true));
                    }
                    if (pages.complete()) {
                        return Future.succeededFuture(pages.end(pages.bottom, true));
                    }
                    if (number >= maxPages) {
                        return Future.succeededFuture(pages.end(pages.bottom, false));
                    }
                    // A page token keeps the page size. After a small first page the listing begins again with large
                    // pages, which takes fewer calls where much has changed.
                    boolean beginAgain = size < LARGEST_PAGE;
                    return page(pages, beginAgain ? null : page.next(), LARGEST_PAGE, number + 1);
                });
    }
}
