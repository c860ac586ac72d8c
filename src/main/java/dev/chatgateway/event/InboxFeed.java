package dev.chatgateway.event;

import io.vertx.core.Future;
import java.util.List;

/**
 * The poller's interface for subscribers of a user's inbox, which covers all threads of the user. Every method may be called
 * from any context; futures complete on the caller's context. Changes are published as {@link InboxUpdate} on the event bus
 * address {@link #UPDATES}, within the node.
 */
public interface InboxFeed {
    /** Event bus address of {@link InboxUpdate}s; one local consumer per event loop. */
    String UPDATES = "chatgateway.inbox";

    /**
     * Polls the thread list of a user until {@link #unwatchInbox}. Completes after the first listing. Fails with the
     * service's own refusal, or when no listing succeeds within ten seconds.
     *
     * @param subscriberId id of the connection, unique in this process; a second call replaces the first
     * @param token the connection's own token; never leaves the node
     */
    Future<InboxState> watchInbox(String subscriberId, UserToken token);

    /** Ends a connection's subscription. Idempotent. */
    void unwatchInbox(String subscriberId);

    /**
     * The state that a subscription starts from. All later updates follow.
     *
     * @param revision of the last update that the state includes
     * @param entries all threads of the user, unordered
     */
    record InboxState(long revision, InboxPosition position, List<Entry> entries, Freshness freshness) {
        public InboxState {
            entries = List.copyOf(entries);
        }

        /**
         * A thread of the list.
         *
         * @param movedAt time of its last message, epoch milliseconds by the service's clock; 0 when unknown
         */
        public record Entry(String threadId, long movedAt) {}
    }

    /**
     * A position in a user's thread list. Clients get it and send it back as a signed cursor.
     *
     * @param time of the newest message in all threads, epoch milliseconds by the service's clock
     * @param count number of threads
     * @param threadsHash hash of the thread ids, independent of their order
     */
    record InboxPosition(long time, int count, long threadsHash) {}
}
