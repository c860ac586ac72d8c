package dev.chatgateway.event;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one reading of a thread brought, from the poller to every hub. Always sent from the poller's own context, so a
 * hub sees the updates of a thread in order.
 *
 * @param threadId the thread
 * @param revision rises with each update of this process; a subscriber that was watched at revision n gets those above n
 * @param seenAtMs when the gateway saw it, epoch milliseconds
 * @param roster who may receive the events
 * @param position where the thread stands after the events
 * @param items events in order of delivery, each with the position after it
 * @param notices what is not an event of the service, delivered after the items
 * @param ended null, or why all subscriptions of the thread end with this update
 */
public record ThreadUpdate(
        String threadId,
        long revision,
        long seenAtMs,
        Roster roster,
        Position position,
        List<Item> items,
        List<Notice> notices,
        @Nullable EndReason ended) {

    public ThreadUpdate {
        items = List.copyOf(items);
        notices = List.copyOf(notices);
    }

    /** One event and the position after it. */
    public record Item(ChatEvent event, Position position) {}

    /** Something for subscribers of the thread that is no event of the service. */
    public sealed interface Notice {
        /** Events have become older or newer than was said before. */
        record FreshnessChanged(Freshness freshness, String reason) implements Notice {}

        /** The poller can't prove that nothing was missed: subscribers take fresh state. */
        record ResyncNeeded(Resync resync) implements Notice {}

        /** The service refused the users' tokens: their delivery waits until a second proof decides. */
        record Paused(Set<String> userIds) implements Notice {}

        /** The users are proven again: what was held for them goes out. */
        record Resumed(Set<String> userIds) implements Notice {}

        /** The second proof failed, or the users are no members any more: their subscriptions end. */
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
