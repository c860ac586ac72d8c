package dev.chatgateway.poll.schedule;

/** The poller's only source of time, so that whole schedules run in virtual time. Used on the poller's context. */
public interface Scheduler {
    /** Epoch milliseconds. */
    long now();

    /** Runs a task once on the poller's context, not before that many milliseconds have passed. */
    Timer schedule(long delayMs, Runnable task);

    /** A task that waits. */
    interface Timer {
        /** Takes the task back; does nothing once it has run. */
        void cancel();
    }
}
