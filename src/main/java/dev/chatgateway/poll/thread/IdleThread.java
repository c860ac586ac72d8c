package dev.chatgateway.poll.thread;

import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.HistoryVisibility;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.diff.MessageRing;
import dev.chatgateway.poll.diff.PackedNumbers;
import dev.chatgateway.poll.diff.ReceiptMarks;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a cold thread while a thread list covers it: only what can't be restored without a call, in little space,
 * as a node has very many of them. Everything else is made again when the thread is woken by its timer, a change of the
 * thread list, or a subscriber. Lives on the poller's context.
 */
public final class IdleThread implements WatchedThread, Runnable {
    /**
     * Pairs of message id and version that are kept from below the overlap, so that a state that the service lists
     * minutes late is recognised as new or known.
     */
    private static final int PAIRS = 6;

    private final Registry registry;
    private final ThreadListPoller list;
    private final String threadId;
    /** Window, reach and times in few bytes. */
    private final byte[] packed;

    private final List<PollSubscriber> subscribers;
    private final Roster roster;
    private final @Nullable ThreadProperties properties;
    private final @Nullable ReceiptMarks receiptMarks;
    private final boolean receiptMarksKnown;
    /** Null when it is empty. */
    private final @Nullable MessageRing ring;

    private final Scheduler.Timer timer;
    private final long listedAt;

    /** The registry of watched threads, as a thread uses it. */
    public interface Registry {
        /** Replaces the poller of the thread by an idle thread. */
        void idle(IdleThread thread);

        /** Replaces the idle thread by a poller. */
        ThreadPoller wake(IdleThread thread);

        /** The participants of the thread were listed, or are known otherwise. */
        default void rosterRead(String threadId, Roster roster) {}

        /** The thread is no longer polled. */
        void ended(String threadId);
    }

    /** Of a thread that {@link ThreadState#isIdle}; wakes it after the delay. */
    IdleThread(
            ThreadState state,
            ThreadListPoller list,
            long listedAt,
            Registry registry,
            Scheduler scheduler,
            long delayMs) {
        this.registry = registry;
        this.list = list;
        this.listedAt = listedAt;
        threadId = state.threadId;
        packed = pack(state, scheduler.now(), listedAt);
        subscribers = List.copyOf(state.subscribers.all());
        roster = state.roster;
        properties = state.properties;
        receiptMarks = state.receiptMarks.all().isEmpty() ? null : state.receiptMarks;
        receiptMarksKnown = state.receiptMarksKnown;
        ring = state.ring.isEmpty() ? null : state.ring;
        timer = scheduler.schedule(delayMs, this);
        list.replaceThread(this);
    }

    private static byte[] pack(ThreadState state, long now, long listedAt) {
        state.prune(now, true);
        if (state.ring.isEmpty()) {
            state.window.prune(state.completeUpTo(state.window.mark(), now), PAIRS);
        }
        PackedNumbers.Writer out = new PackedNumbers.Writer();
        state.window.pack(out);
        out.put(state.reach);
        out.put(state.receiptsNewsFrom - listedAt);
        out.put(state.rosterDueAt - listedAt);
        out.put(state.propertiesDueAt - listedAt);
        return out.toBytes();
    }

    @Override
    public String threadId() {
        return threadId;
    }

    @Override
    public List<PollSubscriber> subscribers() {
        return subscribers;
    }

    @Override
    public boolean hasParticipant(String userId) {
        return roster.member(userId).isPresent();
    }

    @Override
    public long neededReach() {
        return subscribers.stream()
                .mapToLong(w -> HistoryVisibility.visibleFrom(roster, w.userId()))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        subscribers.stream().filter(w -> w.id().equals(subscriberId)).forEach(w -> w.replaceToken(token));
    }

    @Override
    public ThreadPoller awake() {
        timer.cancel();
        return registry.wake(this);
    }

    /** The thread's own listing is due. */
    @Override
    public void run() {
        registry.wake(this).due();
    }

    @Override
    public ThreadStatus status(long now, long listMs) {
        return new ThreadStatus("parked", listMs, now - listedAt, 0, 0, subscribers.size());
    }

    ThreadListPoller list() {
        return list;
    }

    /** When the thread's last listing began. */
    long listedAt() {
        return listedAt;
    }

    /** Puts what was kept into a new state of the thread. */
    void restore(ThreadState state) {
        PackedNumbers.Reader in = new PackedNumbers.Reader(packed);
        state.window.unpack(in);
        state.reach = in.next();
        state.receiptsNewsFrom = listedAt + in.next();
        state.rosterDueAt = listedAt + in.next();
        state.propertiesDueAt = listedAt + in.next();
        subscribers.forEach(state.subscribers::add);
        state.restore(roster, properties);
        state.interval.resume();
        state.receiptMarksKnown = receiptMarksKnown;
        state.receiptMarksOwed = !receiptMarksKnown;
        state.receiptMarks = Objects.requireNonNullElse(receiptMarks, state.receiptMarks);
        state.ring = Objects.requireNonNullElse(ring, state.ring);
    }
}
