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
 * What is kept of a silent thread while a digest watches it: what can't be had again without a call, in little space, as a
 * node has very many of them. Everything else is made anew when the thread is brought back, by its timer, a movement in
 * the digest, or a subscriber. Lives on the poller's context.
 */
public final class IdleThread implements WatchedThread, Runnable {
    /** Pairs below the overlap that are kept: a state that the service lists minutes late is recognised among them. */
    private static final int PAIRS = 6;

    private final Lot lot;
    private final ThreadListPoller digest;
    private final String threadId;
    /** Window, reach and times in few bytes. */
    private final byte[] packed;

    private final List<PollSubscriber> watchers;
    private final Roster roster;
    private final @Nullable ThreadProperties properties;
    private final @Nullable ReceiptMarks marks;
    private final boolean marksKnown;
    /** Null when it is empty. */
    private final @Nullable MessageRing ring;

    private final Scheduler.Timer timer;
    private final long listedAt;

    /** Where threads are parked, and fetched from. */
    public interface Lot {
        /** From now on this stands for the thread. */
        void park(IdleThread thread);

        /** The thread at work again. */
        ThreadPoller fetch(IdleThread thread);

        /** The thread's participants are known as of now. */
        default void rosterRead(String threadId, Roster roster) {}

        /** The thread is no longer read. */
        void ended(String threadId);
    }

    /** Parks a thread that {@link ThreadState#rests}, until a digest shows a movement or its next listing is due. */
    IdleThread(ThreadState state, ThreadListPoller digest, long listedAt, Lot lot, Scheduler ticker, long delayMs) {
        this.lot = lot;
        this.digest = digest;
        this.listedAt = listedAt;
        threadId = state.threadId;
        packed = pack(state, ticker.now(), listedAt);
        watchers = List.copyOf(state.watchers.all());
        roster = state.roster;
        properties = state.properties;
        marks = state.marks.all().isEmpty() ? null : state.marks;
        marksKnown = state.marksKnown;
        ring = state.ring.isEmpty() ? null : state.ring;
        timer = ticker.schedule(delayMs, this);
        digest.replaceThread(this);
    }

    private static byte[] pack(ThreadState state, long now, long listedAt) {
        state.prune(now, true);
        if (state.ring.isEmpty()) {
            state.window.prune(state.low(state.window.mark(), now), PAIRS);
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
    public List<PollSubscriber> watchers() {
        return watchers;
    }

    @Override
    public boolean names(String userId) {
        return roster.member(userId).isPresent();
    }

    @Override
    public long neededReach() {
        return watchers.stream()
                .mapToLong(w -> HistoryVisibility.visibleFrom(roster, w.userId()))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        watchers.stream().filter(w -> w.id().equals(subscriberId)).forEach(w -> w.replaceToken(token));
    }

    @Override
    public ThreadPoller awake() {
        timer.cancel();
        return lot.fetch(this);
    }

    /** The thread's own listing is due. */
    @Override
    public void run() {
        lot.fetch(this).due();
    }

    ThreadListPoller digest() {
        return digest;
    }

    public int subscribers() {
        return watchers.size();
    }

    /** When the thread's last listing began. */
    public long listedAt() {
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
        watchers.forEach(state.watchers::add);
        state.restored(roster, properties);
        state.pace.resumed();
        state.marksKnown = marksKnown;
        state.marksOwed = !marksKnown;
        state.marks = Objects.requireNonNullElse(marks, state.marks);
        state.ring = Objects.requireNonNullElse(ring, state.ring);
    }
}
