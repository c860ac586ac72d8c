package dev.chatgateway.poll.schedule;

import org.jspecify.annotations.Nullable;

/** The timer of a thread's next poll; one at most runs. Lives on the poller's context. */
public final class NextPoll {
    private final Scheduler scheduler;
    private final Runnable poll;
    private Scheduler.@Nullable Timer timer;
    private long dueAt;

    public NextPoll(Scheduler scheduler, Runnable poll) {
        this.scheduler = scheduler;
        this.poll = poll;
    }

    /** Polls after the delay, or at once if there is none; replaces what was scheduled before. */
    public void in(long delayMs) {
        cancel();
        if (delayMs <= 0) {
            poll.run();
        } else {
            dueAt = scheduler.now() + delayMs;
            timer = scheduler.schedule(delayMs, this::fire);
        }
    }

    /** Polls after the delay at the latest: a poll that is scheduled for later is brought forward. */
    public void within(long delayMs) {
        if (laterThan(delayMs)) {
            in(delayMs);
        }
    }

    /** Whether no poll is scheduled within that delay. */
    public boolean laterThan(long delayMs) {
        return timer == null || dueAt > scheduler.now() + delayMs;
    }

    public void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void fire() {
        timer = null;
        poll.run();
    }
}
