package dev.chatgateway.upstream;

import dev.chatgateway.upstream.ChatServiceException.Kind;
import java.util.random.RandomGenerator;

/**
 * When a failed attempt is repeated (docs/service-reference.md, Errors and retries). Only interactive calls are: the poller
 * has its own schedule, and must learn of a failure at once to report how fresh a thread is.
 */
public final class RetryPolicy {
    /** How long an interactive call waits for rate windows at most, in all its attempts. */
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

    /** Whether the priority is that of an interactive call, for which a user waits. */
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
