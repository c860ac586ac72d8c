package dev.chatgateway.event;

import io.vertx.core.Future;
import java.util.List;

/**
 * What the poller offers to those who watch all threads of a user at once. Every method may be called from any context;
 * futures complete on the caller's. Movements go out as {@link InboxUpdate} on the event bus address {@link #UPDATES},
 * local to the node.
 */
public interface InboxFeed {
    /** Event bus address of {@link InboxUpdate}s; one local consumer per event loop. */
    String UPDATES = "chatgateway.inbox";

    /**
     * Has the threads of a user listed from now on, until {@link #unwatchInbox}. Completes when they have been listed;
     * fails with the service's own refusal, or when no listing succeeds within ten seconds.
     *
     * @param subscriberId names the connection, unique in this process; a second call replaces the first
     * @param token the connection's own; leaves the node never
     */
    Future<InboxState> watchInbox(String subscriberId, UserToken token);

    /** Ends a connection's watch. Idempotent. */
    void unwatchInbox(String subscriberId);

    /**
     * The state that a subscription starts from: all updates after it follow.
     *
     * @param revision of the last update that the state includes
     * @param entries all threads of the user, in no order
     */
    record InboxState(long revision, InboxPosition position, List<Entry> entries, Freshness freshness) {
        public InboxState {
            entries = List.copyOf(entries);
        }

        /**
         * A thread of the list.
         *
         * @param movedAt when it received its last message, epoch milliseconds by the service's clock; 0 when unknown
         */
        public record Entry(String threadId, long movedAt) {}
    }
}
