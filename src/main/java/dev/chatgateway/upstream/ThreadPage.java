package dev.chatgateway.upstream;

import java.util.List;
import java.util.Optional;

/**
 * A page of a user's threads.
 *
 * @param continuation the page token of the next page; empty on the last
 */
public record ThreadPage(List<Item> threads, Optional<String> continuation) {
    /** Stands for a time of the service that cannot be read. */
    public static final long UNREADABLE = -1;

    public ThreadPage {
        threads = List.copyOf(threads);
    }

    /**
     * An entry of the list.
     *
     * @param movedAt when it received its last message, epoch milliseconds; 0 when the service does not say, {@link
     *     #UNREADABLE}
     * @param deleted whether the service says that it is deleted
     */
    public record Item(String threadId, String topic, long movedAt, boolean deleted) {}
}
