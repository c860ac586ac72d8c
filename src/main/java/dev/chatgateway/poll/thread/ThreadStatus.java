package dev.chatgateway.poll.thread;

/**
 * Schedule and age of a thread at one moment, for operators.
 *
 * @param activity hot, warm or cold; digest or parked: a thread list watches it
 * @param intervalMs mean time between its polls
 * @param readAgoMs since its last full poll began; -1: none yet
 * @param lateMs by how much events come later than usual
 * @param heldMs how long the rate limiter would hold its next poll back
 */
public record ThreadStatus(
        String activity, long intervalMs, long readAgoMs, long lateMs, long heldMs, int subscribers) {}
