package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists a thread from its newest message back until a page meets what is known, within a bound of pages. */
final class TailReader {
    /** The service's largest page (reference 3.2). */
    static final int LARGEST_PAGE = 200;
    /** The hot tail: messages compared at every reading. */
    static final int TAIL = 20;

    private final ThreadSource source;
    private final String threadId;
    private final int mostPages;

    TailReader(ThreadSource source, String threadId, int mostPages) {
        this.source = source;
        this.threadId = threadId;
        this.mostPages = mostPages;
    }

    /**
     * How far to read.
     *
     * @param size of the first page
     * @param meet read until a message of this id (epoch milliseconds) or an older one
     * @param enough or until that many messages
     */
    record Reach(int size, long meet, int enough) {}

    /**
     * @param messages newest first; some may be there twice when a page was read again
     * @param met whether it reaches as far as was asked, or to the first message that the token sees
     * @param whole whether it reaches to the first message that the token sees
     */
    record Listing(List<ChatMessage> messages, boolean met, boolean whole) {}

    /** Lists with one token. Fails as the source does. */
    Future<Listing> read(UserToken token, Reach reach, Priority priority) {
        return page(new Reading(token, reach, priority, new ArrayList<>()), null, reach.size, 1);
    }

    private record Reading(UserToken token, Reach reach, Priority priority, List<ChatMessage> got) {}

    private Future<Listing> page(Reading reading, @Nullable String next, int size, int pages) {
        return source.messages(reading.token, threadId, size, next, reading.priority)
                .compose(page -> {
                    List<ChatMessage> got = reading.got;
                    got.addAll(page.messages());
                    if (page.next() == null) {
                        return Future.succeededFuture(new Listing(got, true, true));
                    }
                    long oldest = got.isEmpty()
                            ? Long.MAX_VALUE
                            : got.get(got.size() - 1).arrivedAt();
                    if (oldest <= reading.reach.meet || got.size() >= reading.reach.enough) {
                        return Future.succeededFuture(new Listing(got, true, false));
                    }
                    if (pages >= mostPages) {
                        return Future.succeededFuture(new Listing(got, false, false));
                    }
                    // A link keeps its page size: much has come, so start again in large pages.
                    boolean small = size < LARGEST_PAGE;
                    return page(reading, small ? null : page.next(), LARGEST_PAGE, pages + 1);
                });
    }
}
