package dev.chatgateway.upstream;

import dev.chatgateway.upstream.ChatServiceException.Kind;
import java.util.random.RandomGenerator;

/**
 * When a failed attempt is made again (reference 6.5). Only people's calls are: the poller has a schedule of its own, and
 * must learn of a failure at once to report how fresh a thread is.
 */
public final class RetryPolicy {
    /** What a person waits for a rate window at most, in one call altogether. */
    public static final long PATIENCE_MS = 2_000;

    private static final long FIRST_BACKOFF_MS = 1_000;
    private static final int MAX_DOUBLINGS = 6;

    private final int retries;
    private final long limitMs;
    private final RandomGenerator random;

    /**
     * @param retries attempts after the first at most
     * @param limitMs no attempt begins later than this after the call
     */
    public RetryPolicy(int retries, long limitMs, RandomGenerator random) {
        this.retries = retries;
        this.limitMs = limitMs;
        this.random = random;
    }

    /** 1 s x 2^n with full jitter, in milliseconds. */
    public long backoffMs(int failures) {
        return random.nextLong((FIRST_BACKOFF_MS << Math.min(failures, MAX_DOUBLINGS)) + 1);
    }

    /** Whether the priority belongs to a person who waits for the answer. */
    public static boolean patient(Priority priority) {
        return priority.compareTo(Priority.HISTORY) <= 0;
    }

    /**
     * The delay before the next attempt in milliseconds; -1 for no more attempts.
     *
     * @param attempts attempts made so far
     * @param delayMs what the service asked for, or the back-off
     * @param throttledMs time that the call has waited for rate windows so far
     * @param elapsedMs time since the call was made
     */
    public long next(
            Outcome.Failed failed, Priority priority, int attempts, long delayMs, long throttledMs, long elapsedMs) {
        if (!failed.again() || !patient(priority) || attempts > retries || elapsedMs + delayMs > limitMs) {
            return -1;
        }
        boolean tooLong = failed.failure().kind() == Kind.THROTTLED && throttledMs + delayMs > PATIENCE_MS;
        return tooLong ? -1 : delayMs;
    }
}
