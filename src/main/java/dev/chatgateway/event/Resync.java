package dev.chatgateway.event;

import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import java.util.List;
import java.util.stream.Stream;

/**
 * Why a subscriber must take fresh state.
 *
 * @param reason for the client
 * @param cause for the operator
 */
public record Resync(ResyncReason reason, Cause cause) {
    public Resync {
        if (reason != cause.reason && reason != cause.resumeReason) {
            throw new IllegalArgumentException("resync: reason " + reason + " for cause " + cause + " (expected: "
                    + cause.reason + " or " + cause.resumeReason + ")");
        }
    }

    /** Where a resync comes from. A closed list: docs/operations.md, Resyncs, says what each means. */
    public enum Cause {
        /** More waited for a slow socket than its outbound queue may hold. */
        OUTBOUND_QUEUE("outboundQueue", ResyncReason.OVERFLOW),
        /** More updates were in flight to an event loop than are allowed. */
        UPDATE_LANE("updateLane", ResyncReason.OVERFLOW),
        /** More updates of one thread waited on an event loop than are allowed. */
        HUB_TOPIC("hubTopic", ResyncReason.OVERFLOW),
        /**
         * More events were held for a subscription than are allowed: its token expired, its user was refused, or it was not
         * answered yet.
         */
        HELD_EVENTS("heldEvents", ResyncReason.OVERFLOW),
        /** A delivery to the subscription failed with an exception. */
        DELIVERY_FAILED("deliveryFailed", ResyncReason.GAP),
        /** The service did not say in time whether the user is shown a message of the second in which it was added. */
        VISIBILITY_UNKNOWN("visibilityUnknown", ResyncReason.GAP),
        /** A poll listed as many pages as are allowed and did not reach what was known. */
        LISTING_PAGES("listingPages", ResyncReason.GAP),
        /** For long only users who do not see the whole history could be used to list, and too much has changed. */
        PARTIAL_VIEW("partialView", ResyncReason.GAP),
        /** The service does not list the thread's messages by version. */
        LIST_ORDER("listOrder", ResyncReason.GAP, ResyncReason.CURSOR_MISMATCH),
        /** An audit found a change that is known here and was not published. */
        AUDIT("audit", ResyncReason.GAP),
        /** The leader of the thread told its own subscribers to take fresh state. */
        LEADER("leader", ResyncReason.GAP),
        /** More has changed since the cursor than a resume may list. */
        RESUME_PAGES("resumePages", ResyncReason.CURSOR_TOO_OLD),
        /** The user was removed or added since, so that it sees another part of the history. */
        MEMBERSHIP("membership", ResyncReason.MEMBERSHIP_CHANGED),
        /** Threads have come to or gone from the user's inbox since the cursor. */
        INBOX_THREADS("inboxThreads", ResyncReason.MEMBERSHIP_CHANGED),
        /** More threads of the user's inbox have moved since the cursor than are replayed. */
        INBOX_MOVES("inboxMoves", ResyncReason.CURSOR_TOO_OLD);

        private final String token;
        private final ResyncReason reason;
        private final ResyncReason resumeReason;

        Cause(String token, ResyncReason reason) {
            this(token, reason, reason);
        }

        /** @param resumeReason what a client gets that resumes, and is not subscribed already */
        Cause(String token, ResyncReason reason, ResyncReason resumeReason) {
            this.token = token;
            this.reason = reason;
            this.resumeReason = resumeReason;
        }

        /** The value of the metric's label. */
        public String token() {
            return token;
        }
    }

    /** Every pair of a reason and a cause that there is. */
    public static List<Resync> all() {
        return Stream.of(Cause.values())
                .flatMap(cause ->
                        Stream.of(cause.reason, cause.resumeReason).distinct().map(reason -> new Resync(reason, cause)))
                .toList();
    }
}
