package dev.chatgateway.poll.thread;

import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.cycle.MetadataPoll;
import dev.chatgateway.poll.cycle.VisibilityChecks;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ListCoverage;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import org.jspecify.annotations.Nullable;

/** The time between two rounds of a thread: how long it is, and whether the thread can be parked meanwhile. */
final class PollPause {
    private static final long NOTHING_TO_DO_MS = PendingSubscription.MAX_WAIT_MS;
    /** How soon a round follows for those who still wait after one that brought nothing. */
    private static final long SOON_MS = 250;

    private final ThreadState state;
    private final PollContext env;
    private final ListCoverage seat;
    private final PendingSubscriptions waiting;
    private final VisibilityChecks views;

    PollPause(
            ThreadState state,
            PollContext env,
            ListCoverage seat,
            PendingSubscriptions waiting,
            VisibilityChecks views) {
        this.state = state;
        this.env = env;
        this.seat = seat;
        this.waiting = waiting;
        this.views = views;
    }

    /**
     * Its length in milliseconds, 1 at least.
     *
     * @param again whether something happened that the last round may not have seen
     * @param listedAt when the last listing of messages began
     */
    long lengthMs(boolean again, long listedAt) {
        long now = env.ticker().now();
        long usual = usual(now, listedAt);
        if (again) {
            env.metrics().polls().overlapped();
        }
        long wait = again ? 0 : sooner(usual);
        wait = Math.min(wait, state.suspects.nextDueAt() - now);
        if (state.receiptsWanted) {
            wait = Math.min(wait, MetadataPoll.receiptsDueAt(state, env) - now);
        }
        long held = state.pace.heldUntil() - now;
        long length = Math.max(1, Math.min(Math.max(wait, held), waiting.deadline() - now));
        env.metrics().polls().interval(length);
        return length;
    }

    /** Asks the ledger when it would let the next poll pass. */
    void ledger(long now) {
        long heldMs = state.watchers
                .peek(now)
                .map(w -> env.source().messagesEarliestMs(w.token(), state.threadId))
                .orElse(0L);
        if (heldMs > 0) {
            env.metrics().polls().skipped();
        }
        state.pace.ledger(heldMs);
    }

    /** The digest that watches the thread if nobody waits and all is said: there is nothing to do for long. */
    @Nullable
    ThreadListPoller keeper(UpdatePublisher announcer) {
        boolean rests =
                waiting.isEmpty() && views.isEmpty() && state.rests(env.ticker().now()) && announcer.saidDigest();
        return rests ? seat.keeper() : null;
    }

    private long usual(long now, long listedAt) {
        boolean watched = !waiting.isEmpty() || !state.watchers.isEmpty() || state.wantedElsewhere();
        // A follower reads only to catch up: what failed then is tried again like any reading.
        boolean seldom = seat.covered() || (env.owners().follows(state.threadId) && state.pace.failures() == 0);
        long wait = !state.watchers.hasUsableToken(now)
                ? NOTHING_TO_DO_MS
                : seldom ? seat.next(listedAt) : state.pace.next(now, watched);
        long retry = state.pokes.nextWait();
        return retry < 0 ? wait : Math.min(wait, retry);
    }

    private long sooner(long wait) {
        return waiting.isEmpty() && views.isEmpty() ? wait : Math.min(wait, SOON_MS);
    }
}
