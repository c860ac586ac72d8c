package dev.chatgateway.poll.schedule;

/** The poller's only source of time, so that tests run in virtual time. Used on the poller's context. */
public interface Scheduler {
    /** Epoch milliseconds. */
    long now();

    /** Runs a task once on the poller's context, not before that many milliseconds have passed. */
    Timer schedule(long delayMs, Runnable task);

    /** A scheduled task. */
    interface Timer {
        /** Cancels the task. Does nothing once it has run. */
        void cancel();
    }
}
