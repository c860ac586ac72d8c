package dev.chatgateway.poll.source;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls for the list of a user's threads. Futures complete on the caller's context and fail only with {@link
 * dev.chatgateway.upstream.ChatServiceException}.
 */
public interface ThreadListing {
    /** Lists a page of the user's threads; {@code pageToken} is null for the first page. */
    Future<Page> threads(UserToken token, @Nullable String pageToken, Priority priority);

    /** Milliseconds until the rate limiter would admit such a call, 0 for now. Uses no quota. */
    long threadsEarliestMs(UserToken token, Priority priority);

    /**
     * A thread of the list.
     *
     * @param lastMessageAt time of the last message, epoch milliseconds; 0 if the entry has none, negative if it has
     *     one that cannot be parsed
     * @param deleted whether the entry names a time of deletion
     */
    record Item(String threadId, long lastMessageAt, boolean deleted) {}

    /** @param next page token of the following page; null on the last page */
    record Page(List<Item> items, @Nullable String next) {}
}
