package dev.chatgateway.poll.thread;

import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Watch;
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

    /**
     * A subscriber arrives. The linger time begins again when the last one leaves. The thread is polled faster for a
     * while, except for one more subscriber that begins at a time: a session that begins subscribes to all threads of its
     * user, which says nothing of this one.
     *
     * @return whether the thread is polled faster
     */
    boolean arrived(Watch watch) {
        lingerUntil = 0;
        Position since = watch.since();
        if (since != null && since.isStart() && !state.subscribers.isEmpty()) {
            return false;
        }
        state.interval.subscriberArrived(context.scheduler().now());
        return true;
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
