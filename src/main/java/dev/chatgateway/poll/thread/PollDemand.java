package dev.chatgateway.poll.thread;

import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;

/** Whether a thread is polled: while it has subscribers, and for the linger time after the last. Poller's context. */
final class PollDemand {
    private final ThreadState state;
    private final PollContext context;
    private final PendingSubscriptions pending;
    private long lingerUntil;

    PollDemand(ThreadState state, PollContext context, PendingSubscriptions pending) {
        this.state = state;
        this.context = context;
        this.pending = pending;
    }

    /** A subscriber arrives. The linger time begins again when the last one leaves. */
    void arrived() {
        lingerUntil = 0;
    }

    /** Whether there are subscribers or pending subscriptions. */
    boolean subscribed() {
        return !pending.isEmpty() || !state.subscribers.isEmpty();
    }

    /** Whether the thread is to be polled now. */
    boolean polled(long now) {
        return subscribed() || lingering(now);
    }

    private boolean lingering(long now) {
        if (lingerUntil == 0) {
            lingerUntil = now + context.config().lingerSeconds() * 1000L;
        }
        return now < lingerUntil && state.subscribers.hasUsableToken(now);
    }
}
