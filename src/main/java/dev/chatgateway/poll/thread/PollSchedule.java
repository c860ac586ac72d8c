package dev.chatgateway.poll.thread;

import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.cycle.MetadataPoll;
import dev.chatgateway.poll.cycle.VisibilityChecks;
import dev.chatgateway.poll.schedule.PollInterval;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ListedThread;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import dev.chatgateway.poll.threadlist.ThreadListPollers;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * When a thread is polled next. A cold thread is left to a user's thread list that shows its new messages, if there is one;
 * then it is polled only now and then, and can be kept as an {@link IdleThread} meanwhile. Lives on the poller's context.
 */
final class PollSchedule {
    /** The delay while no token can be used: the thread wakes only to fail pending subscriptions in time. */
    private static final long NO_TOKEN_MS = PendingSubscription.MAX_WAIT_MS;
    /** How soon a poll follows for subscribers who still wait after one that did not serve them. */
    private static final long SOON_MS = 250;

    private final ListedThread thread;
    private final ThreadState state;
    private final PollContext context;
    private final ThreadListPollers lists;
    private final PendingSubscriptions pending;
    private final VisibilityChecks visibilityChecks;
    private @Nullable ThreadListPoller list;
    private boolean covered;
    private long listedAt;

    /** @param thread told when the thread list shows a change, or can't be read */
    PollSchedule(
            ListedThread thread,
            ThreadState state,
            PollContext context,
            ThreadListPollers lists,
            PendingSubscriptions pending,
            VisibilityChecks visibilityChecks) {
        this.thread = thread;
        this.state = state;
        this.context = context;
        this.lists = lists;
        this.pending = pending;
        this.visibilityChecks = visibilityChecks;
    }

    /** Whether a thread list shows the thread's new messages. */
    boolean covered() {
        return covered;
    }

    /** Schedule and age of the thread, for operators. */
    ThreadStatus status(long now, long listMs) {
        // A followed thread is listed as seldom as one that a thread list covers.
        boolean seldom = covered() || context.replication().isFollower(state.threadId);
        String activity = state.interval.activity(now).name().toLowerCase(Locale.ROOT);
        return new ThreadStatus(
                covered() ? "digest" : activity,
                seldom ? listMs : state.interval.meanMs(now),
                state.polled ? now - listedAt() : -1,
                state.interval.lateBy(now),
                state.interval.rateHoldMs(),
                state.subscribers.all().size());
    }

    /** When the last full listing of the thread's messages began, epoch milliseconds; 0 before the first. */
    long listedAt() {
        return listedAt;
    }

    /**
     * A poll has ended.
     *
     * @param startedAt when it began
     * @param requestedAt when it was asked for; the time between is the wait for its turn
     */
    void update(PollResult result, long startedAt, long requestedAt) {
        long now = context.scheduler().now();
        state.interval.pollEnded(result.failure(), now, now - requestedAt);
        updateRateHold(now);
        if (result.full()) {
            listedAt = startedAt;
        }
        if (!result.items().isEmpty()) {
            state.interval.markHot(now);
        }
        chooseList();
    }

    /** Asks the rate limiter when it would let the next poll pass. */
    private void updateRateHold(long now) {
        long heldMs = state.subscribers
                .peek(now)
                .map(w -> context.source().messagesEarliestMs(w.token(), state.threadId))
                .orElse(0L);
        if (heldMs > 0) {
            context.metrics().polls().skipped();
        }
        state.interval.holdForRate(heldMs);
    }

    /** Leaves a cold thread to a thread list that shows its messages; takes any other away from its list. */
    void chooseList() {
        long now = context.scheduler().now();
        boolean cold = !state.subscribers.isEmpty()
                && state.polled
                && !context.replication().isFollower(state.threadId)
                && state.interval.failures() == 0
                && state.interval.activity(now) == PollInterval.Activity.COLD;
        ThreadListPoller found = cold ? lists.select(state, list) : null;
        if (found != list) {
            leaveList();
            list = found;
        }
        boolean byMember = found != null && ThreadListPollers.hasUsableSubscriber(state, found, now);
        covered = found != null && byMember && found.addThread(thread, listedAt);
    }

    /** Goes on where an idle thread was. */
    void resume(ThreadListPoller keeper, long lastListedAt) {
        listedAt = lastListedAt;
        list = keeper;
        covered = true;
        keeper.replaceThread(thread);
    }

    /** The thread list can't be read at present; the thread stays on it. False if it was not covered anyway. */
    boolean uncover() {
        boolean before = covered;
        covered = false;
        return before;
    }

    void leaveList() {
        covered = false;
        ThreadListPoller left = list;
        list = null;
        if (left != null) {
            left.removeThread(thread.threadId());
        }
    }

    /**
     * The thread list that covers the thread while it is idle; null while there is anything to do for the thread, or
     * subscribers have not been told of that list.
     */
    @Nullable
    ThreadListPoller idleList(UpdatePublisher publisher) {
        boolean idle = covered
                && pending.isEmpty()
                && visibilityChecks.isEmpty()
                && state.isIdle(context.scheduler().now())
                && publisher.announcedListCoverage();
        return idle ? list : null;
    }

    /**
     * Time until the next poll, in milliseconds, 1 at least.
     *
     * @param again whether something happened that the last poll may not have seen
     */
    long delayMs(boolean again) {
        long now = context.scheduler().now();
        long usual = usualDelayMs(now);
        if (again) {
            context.metrics().polls().overlapped();
        }
        boolean awaited = !pending.isEmpty() || !visibilityChecks.isEmpty();
        long wait = again ? 0 : awaited ? Math.min(usual, SOON_MS) : usual;
        wait = Math.min(wait, state.refusedUsers.nextDueAt() - now);
        if (state.receiptsWanted) {
            wait = Math.min(wait, MetadataPoll.receiptsDueAt(state, context) - now);
        }
        long held = state.interval.heldUntil() - now;
        long delay = Math.max(1, Math.min(Math.max(wait, held), pending.deadline() - now));
        context.metrics().polls().interval(delay);
        return delay;
    }

    private long usualDelayMs(long now) {
        boolean watched = !pending.isEmpty() || !state.subscribers.isEmpty() || state.wantedByFollowers();
        // A follower polls only to catch up. If that fails it is tried again like any poll.
        boolean seldom =
                covered || (context.replication().isFollower(state.threadId) && state.interval.failures() == 0);
        long wait = !state.subscribers.hasUsableToken(now)
                ? NO_TOKEN_MS
                : seldom ? ownListingDelayMs(now) : state.interval.delayMs(now, watched);
        long retry = state.refreshHints.nextDelayMs();
        return retry < 0 ? wait : Math.min(wait, retry);
    }

    /** A covered or followed thread is polled by itself after {@code poll.listSeconds}, less a random tenth. */
    private long ownListingDelayMs(long now) {
        long listMs = context.config().listSeconds() * 1000L;
        return listedAt + listMs - context.random().nextLong(listMs / 10 + 1) - now;
    }
}
