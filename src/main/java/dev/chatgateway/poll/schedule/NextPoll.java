package dev.chatgateway.poll.schedule;

import org.jspecify.annotations.Nullable;

/** The timer of a thread's next round: one at most runs. Lives on the poller's context. */
public final class NextPoll {
    private final Scheduler ticker;
    private final Runnable round;
    private Scheduler.@Nullable Timer timer;
    private long dueAt;

    public NextPoll(Scheduler ticker, Runnable round) {
        this.ticker = ticker;
        this.round = round;
    }

    /** Runs the round after the delay, or at once if there is none; replaces what was scheduled before. */
    public void in(long delayMs) {
        cancel();
        if (delayMs <= 0) {
            round.run();
        } else {
            dueAt = ticker.now() + delayMs;
            timer = ticker.schedule(delayMs, this::fire);
        }
    }

    /** Runs the round after the delay at the latest: one that is scheduled for later is brought forward. */
    public void within(long delayMs) {
        if (laterThan(delayMs)) {
            in(delayMs);
        }
    }

    /** Whether no round is scheduled within that delay. */
    public boolean laterThan(long delayMs) {
        return timer == null || dueAt > ticker.now() + delayMs;
    }

    public void cancel() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void fire() {
        timer = null;
        round.run();
    }
}
