package dev.chatgateway.poll.thread;

import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;

/** Whether a thread is polled: while it has subscribers, and for the linger time after the last. Poller's context. */
final class PollDemand {
    private final ThreadState state;
    private final PollContext env;
    private final PendingSubscriptions waiting;
    private long lingerUntil;

    PollDemand(ThreadState state, PollContext env, PendingSubscriptions waiting) {
        this.state = state;
        this.env = env;
        this.waiting = waiting;
    }

    /** A subscriber arrives: the linger time begins anew when the last one leaves. */
    void arrived() {
        lingerUntil = 0;
    }

    /** Whether there are subscribers, answered or waiting. */
    boolean subscribed() {
        return !waiting.isEmpty() || !state.watchers.isEmpty();
    }

    /** Whether the thread is to be polled now. */
    boolean polled(long now) {
        return subscribed() || lingering(now);
    }

    private boolean lingering(long now) {
        if (lingerUntil == 0) {
            lingerUntil = now + env.config().lingerSeconds() * 1000L;
        }
        return now < lingerUntil && state.watchers.hasUsableToken(now);
    }
}
