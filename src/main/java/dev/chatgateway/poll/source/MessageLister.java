package dev.chatgateway.poll.source;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Lists a thread from its newest change down to a version, within a bound of pages. */
public final class MessageLister {
    /** The service's largest page. */
    public static final int LARGEST_PAGE = 200;

    private final ThreadSource source;
    private final String threadId;
    private final int mostPages;

    public MessageLister(ThreadSource source, String threadId, int mostPages) {
        this.source = source;
        this.threadId = threadId;
        this.mostPages = mostPages;
    }

    /**
     * How far to list.
     *
     * @param size of the first page
     * @param enough list no further when that many messages were listed
     * @param stop list until an item has this version or a lower one
     * @param further given what was listed down to that: the version to go on to, the same or a lower one
     */
    public record Reach(int size, int enough, long stop, ToLongFunction<List<ChatMessage>> further) {
        /** Down to one version. */
        public static Reach to(long stop, int size) {
            return new Reach(size, Integer.MAX_VALUE, stop, listed -> stop);
        }
    }

    /**
     * What was listed.
     *
     * @param messages newest change first; a message may be there twice when a page was listed again
     * @param top version of the first item of the first page; 0 when there is none
     * @param bottom all states above this version were listed; {@link #END} when the list was read to its end
     * @param met whether the list reaches down to where it was asked to
     * @param inOrder whether versions fall from item to item
     */
    public record Listing(List<ChatMessage> messages, long top, long bottom, boolean met, boolean inOrder) {
        static final long END = Long.MIN_VALUE;
    }

    /** Lists with one token. Fails as the source does. */
    public Future<Listing> list(UserToken token, Reach reach, Priority priority) {
        return page(new Pages(token, reach, priority), null, reach.size, 1);
    }

    /** The pages so far. A list that is begun again with larger pages has a new top. */
    private static final class Pages {
        private final UserToken token;
        private final Reach reach;
        private final Priority priority;
        private final List<ChatMessage> messages = new ArrayList<>();
        private long top;
        private long bottom = Long.MAX_VALUE;
        private boolean inOrder = true;
        private @Nullable Long target;

        Pages(UserToken token, Reach reach, Priority priority) {
            this.token = token;
            this.reach = reach;
            this.priority = priority;
        }

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

        boolean met() {
            if (target == null && bottom <= reach.stop) {
                target = reach.further.applyAsLong(messages);
            }
            return messages.size() >= reach.enough || (target != null && bottom <= target);
        }

        Listing end(long to, boolean met) {
            return new Listing(messages, top, to, met, inOrder);
        }
    }

    private Future<Listing> page(Pages pages, @Nullable String next, int size, int number) {
        return source.messages(pages.token, threadId, size, next, pages.priority)
                .compose(page -> {
                    pages.add(page.messages(), next == null);
                    if (page.next() == null) {
                        return Future.succeededFuture(pages.end(Listing.END, true));
                    }
                    if (pages.met()) {
                        return Future.succeededFuture(pages.end(pages.bottom, true));
                    }
                    if (number >= mostPages) {
                        return Future.succeededFuture(pages.end(pages.bottom, false));
                    }
                    // A link keeps its page size: much has changed, so the list is begun again with large pages.
                    boolean small = size < LARGEST_PAGE;
                    return page(pages, small ? null : page.next(), LARGEST_PAGE, number + 1);
                });
    }
}
