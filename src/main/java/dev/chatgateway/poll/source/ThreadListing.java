package dev.chatgateway.poll.source;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The list of a user's threads. Futures complete on the caller's context and fail only with {@link
 * dev.chatgateway.upstream.ChatServiceException}.
 */
public interface ThreadListing {
    /** A page of the user's threads; {@code next} is the token of the page before, null for the first. */
    Future<Page> threads(UserToken token, @Nullable String next, Priority priority);

    /** Milliseconds until the ledger would admit such a call, 0 for now; pays nothing. */
    long threadsEarliestMs(UserToken token, Priority priority);

    /**
     * A thread of the list.
     *
     * @param movedAt time of the last message, epoch milliseconds; 0 when the service does not say
     * @param deleted whether it says that the thread is deleted
     */
    record Item(String threadId, long movedAt, boolean deleted) {}

    /** @param next token of the following page; null after the last */
    record Page(List<Item> items, @Nullable String next) {}
}
