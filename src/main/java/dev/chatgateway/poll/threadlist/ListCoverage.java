package dev.chatgateway.poll.threadlist;

import dev.chatgateway.poll.schedule.PollInterval;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import org.jspecify.annotations.Nullable;

/** A thread's place in a digest while it is silent: from then on it is listed by itself only now and then. */
public final class ListCoverage {
    private final ListedThread thread;
    private final ThreadState state;
    private final PollContext env;
    private final ThreadListPollers digests;
    private @Nullable ThreadListPoller digest;
    private boolean covered;

    public ListCoverage(ListedThread thread, ThreadState state, PollContext env, ThreadListPollers digests) {
        this.thread = thread;
        this.state = state;
        this.env = env;
        this.digests = digests;
    }

    /** Whether a digest shows the thread's new messages. */
    public boolean covered() {
        return covered;
    }

    /** A silent thread is left to a digest that sees its messages; any other is polled. */
    public void look(long listedAt) {
        long now = env.ticker().now();
        boolean silent = !state.watchers.isEmpty()
                && state.read
                && !env.owners().follows(state.threadId)
                && state.pace.failures() == 0
                && state.pace.heat(now) == PollInterval.Heat.COLD;
        ThreadListPoller found = silent ? digests.select(state, digest) : null;
        if (found != digest) {
            leave();
            digest = found;
        }
        boolean by = found != null && ThreadListPollers.hasUsableSubscriber(state, found, now);
        covered = found != null && by && found.addThread(thread, listedAt);
    }

    /** Goes on where the thread was when it was parked. */
    public void resume(ThreadListPoller keeper) {
        digest = keeper;
        covered = true;
        keeper.replaceThread(thread);
    }

    /** The digest that shows the thread's new messages, if one does. */
    public @Nullable ThreadListPoller keeper() {
        return covered ? digest : null;
    }

    /** The digest can't be read at present; the thread stays on its list. False if it was not watched by it anyway. */
    public boolean lost() {
        boolean was = covered;
        covered = false;
        return was;
    }

    public void leave() {
        covered = false;
        ThreadListPoller left = digest;
        digest = null;
        if (left != null) {
            left.removeThread(thread.threadId());
        }
    }

    /** Milliseconds until the thread is listed by itself again. */
    public long next(long listedAt) {
        long listMs = env.config().listSeconds() * 1000L;
        return listedAt
                + listMs
                - env.random().nextLong(listMs / 10 + 1)
                - env.ticker().now();
    }
}
