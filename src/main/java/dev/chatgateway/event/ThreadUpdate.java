package dev.chatgateway.event;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The changes that one poll of a thread found, published to every hub. Published from the poller's context only, so that a
 * hub receives the updates of a thread in order.
 *
 * @param threadId the thread
 * @param revision increases with each update of this process; a subscriber that started at revision n gets those above n
 * @param seenAtMs when the gateway found the changes, epoch milliseconds
 * @param roster the participants, who may get the events
 * @param position of the thread after the events
 * @param snapshot of the thread after the events
 * @param items events in order of delivery, each with the position after it
 * @param notices of the gateway itself, delivered after the items
 * @param ended why all subscriptions of the thread end with this update; null when they do not
 */
public record ThreadUpdate(
        String threadId,
        long revision,
        long seenAtMs,
        Roster roster,
        Position position,
        ThreadSnapshot snapshot,
        List<Item> items,
        List<Notice> notices,
        @Nullable EndReason ended) {

    public ThreadUpdate {
        items = List.copyOf(items);
        notices = List.copyOf(notices);
    }

    /** One event and the position after it. */
    public record Item(ChatEvent event, Position position) {}

    /** Information for the hub or the subscribers that is not an event of the service. */
    public sealed interface Notice {
        /** The freshness of the events has changed. */
        record FreshnessChanged(Freshness freshness, String reason) implements Notice {}

        /** The poller can't prove that nothing was missed: subscribers take fresh state. */
        record ResyncNeeded(Resync resync) implements Notice {}

        /** The service refused the users' tokens: their events are held until a second membership proof decides. */
        record Paused(Set<String> userIds) implements Notice {}

        /** The membership of the users is proven again: their held events are delivered. */
        record Resumed(Set<String> userIds) implements Notice {}

        /** The second proof failed, or the users are no longer members: their subscriptions end. */
        record Ended(Set<String> userIds, EndReason reason) implements Notice {}
    }

    /** Why a subscription ended (closed list of the protocol). */
    public enum EndReason {
        REMOVED("removed"),
        THREAD_DELETED("threadDeleted"),
        REFUSED("refused"),
        BY_CLIENT("byClient");

        private final String token;

        EndReason(String token) {
            this.token = token;
        }

        /** The name in the protocol. */
        public String token() {
            return token;
        }
    }

    /** Why fresh state is needed (closed list of the protocol). */
    public enum ResyncReason {
        OVERFLOW("overflow"),
        GAP("gap"),
        CURSOR_TOO_OLD("cursorTooOld"),
        CURSOR_MISMATCH("cursorMismatch"),
        MEMBERSHIP_CHANGED("membershipChanged");

        private final String token;

        ResyncReason(String token) {
            this.token = token;
        }

        /** The name in the protocol. */
        public String token() {
            return token;
        }
    }
}
