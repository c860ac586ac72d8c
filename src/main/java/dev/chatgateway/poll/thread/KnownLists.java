package dev.chatgateway.poll.thread;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadFeed.Listed;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists for users who watch the thread, from what the polls have found. Used on the poller's context. */
final class KnownLists {
    /** A list of receipts may be this old: while nobody writes, they are listed at most this seldom. */
    private static final long RECEIPTS_MS = 15_000;

    private final ThreadState state;
    private final PollContext context;

    KnownLists(ThreadState state, PollContext context) {
        this.state = state;
        this.context = context;
    }

    /** @param freshness of the thread now */
    Listed listed(String userId, Freshness freshness) {
        long now = context.scheduler().now();
        boolean polled =
                switch (freshness.source()) {
                    case POLL, PUSH -> state.polled;
                    case DIGEST, DEGRADED -> false;
                };
        // A follower does not get the hints of writes on its own node: the leader does.
        return polled && watches(userId, now) && !context.replication().isFollower(state.threadId)
                ? new Listed(participants(now), receipts(now))
                : Listed.NOTHING;
    }

    private boolean watches(String userId, long now) {
        return state.roster.member(userId).isPresent()
                && !state.subscribers.isPaused(userId)
                && state.subscribers
                        .ofUser(userId)
                        .map(PollSubscriber::token)
                        .filter(token -> token.expiresOn().toEpochMilli() > now)
                        .isPresent();
    }

    /** Changes of participants are found as messages; a roster that one of them has changed is listed again at once. */
    private @Nullable List<Participant> participants(long now) {
        boolean fresh = state.roster.readAt().isAfter(Instant.EPOCH)
                && now < state.rosterDueAt
                && state.refreshHints.allListed(EventGroup.PARTICIPANTS);
        return fresh ? List.copyOf(state.roster.members().values()) : null;
    }

    private @Nullable List<ReadReceipt> receipts(long now) {
        boolean fresh = state.receiptMarksKnown
                && state.roster.small()
                && now - state.receiptsListedAt < RECEIPTS_MS
                && state.refreshHints.allListed(EventGroup.RECEIPTS);
        return fresh ? state.receiptMarks.list() : null;
    }
}
