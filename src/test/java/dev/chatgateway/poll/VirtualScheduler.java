package dev.chatgateway.poll;

import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.simulation.VirtualTime;
import java.util.function.BooleanSupplier;

/** Time that passes only when a test says so; tasks of one moment run in the order in which they were scheduled. */
public final class VirtualScheduler implements Scheduler {
    private final VirtualTime time;

    public VirtualScheduler(long start) {
        time = new VirtualTime(start);
    }

    @Override
    public long now() {
        return time.now();
    }

    @Override
    public Timer schedule(long delayMs, Runnable body) {
        return time.schedule(delayMs, body);
    }

    /** Lets that many milliseconds pass. */
    public void pass(long ms) {
        time.passUntil(now() + ms);
    }

    /** Lets time pass until something holds, at most that many milliseconds; false if it never did. */
    public boolean passUntil(long ms, BooleanSupplier condition) {
        return time.passUntil(now() + ms, condition);
    }

    public int waiting() {
        return time.pending();
    }
}
