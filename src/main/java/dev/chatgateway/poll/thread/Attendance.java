package dev.chatgateway.poll.thread;

import dev.chatgateway.poll.state.PollEnvironment;
import dev.chatgateway.poll.state.ThreadState;

/** Whether anybody watches a thread, or left so lately that it is still read. Lives on the poller's context. */
final class Attendance {
    private final ThreadState state;
    private final PollEnvironment env;
    private final WaitingList waiting;
    private long lingerUntil;

    Attendance(ThreadState state, PollEnvironment env, WaitingList waiting) {
        this.state = state;
        this.env = env;
        this.waiting = waiting;
    }

    /** Somebody has come: the next to leave is waited for anew. */
    void came() {
        lingerUntil = 0;
    }

    boolean watched() {
        return !waiting.isEmpty() || !state.watchers.isEmpty();
    }

    /** Whether the thread is read: for who watches, or for who left less than the linger time ago. */
    boolean read(long now) {
        return watched() || lingering(now);
    }

    private boolean lingering(long now) {
        if (lingerUntil == 0) {
            lingerUntil = now + env.config().lingerSeconds() * 1000L;
        }
        return now < lingerUntil && state.watchers.usable(now);
    }
}
