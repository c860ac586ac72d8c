package dev.chatgateway.poll.schedule;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.upstream.ChatServiceException;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The time between the polls of a thread: by its activity, longer while the service is slow or the rate limiter has little
 * left, and held back by 429s and failures. All times in milliseconds.
 */
public final class PollInterval {
    private static final long FIRST_BACKOFF_MS = 1_000;
    private static final int MOST_DOUBLINGS = 5;
    /** The interval is at least so many times as long as the last poll took. */
    private static final int DURATION_FACTOR = 3;
    /** A new subscriber keeps a thread hot for this part of the time that a message does. */
    private static final int SUBSCRIBER_PART = 6;

    private final Supplier<GatewayConfig.Poll> config;
    private final RandomGenerator random;
    private long hotUntil;
    private long warmUntil;
    private long heldUntil;
    private long tookMs;
    private long rateHoldMs;
    private int failures;
    /** Whether a delay was computed before: only the first one is a random part of the interval. */
    private boolean firstDelayChosen;

    private boolean trustsPushes;

    public PollInterval(Supplier<GatewayConfig.Poll> config, RandomGenerator random) {
        this.config = config;
        this.random = random;
    }

    /** How much goes on in a thread, and how far its interval is spread around the mean. */
    public enum Activity {
        /** Written to lately, or somebody types or has subscribed: 0.6 to 1 s by default. */
        HOT(1, 4),
        /** Read, or hot, in the last minutes: 2 to 5 s. */
        WARM(3, 7),
        /** Nothing for minutes: 10 to 30 s. */
        COLD(1, 2);

        private final int part;
        private final int of;

        Activity(int part, int of) {
            this.part = part;
            this.of = of;
        }

        private long spread(long interval) {
            return interval * part / of;
        }
    }

    /** Something was written, or somebody types. */
    public void markHot(long now) {
        hotFor(now, config.get().hotSeconds() * 1000L);
    }

    /** Something was written through the gateway, or a read receipt was sent. */
    public void applyHint(Poke hint, long now) {
        if (hint.parts().equals(Set.of(EventGroup.RECEIPTS))) {
            markWarm(now);
        } else {
            markHot(now);
        }
    }

    /** Somebody has subscribed. */
    public void subscriberArrived(long now) {
        hotFor(now, config.get().hotSeconds() * 1000L / SUBSCRIBER_PART);
    }

    /** Somebody reads. */
    public void markWarm(long now) {
        warmUntil = Math.max(warmUntil, now + config.get().warmSeconds() * 1000L);
    }

    private void hotFor(long now, long ms) {
        hotUntil = Math.max(hotUntil, now + ms);
        markWarm(hotUntil);
    }

    public Activity activity(long now) {
        return now < hotUntil ? Activity.HOT : now < warmUntil ? Activity.WARM : Activity.COLD;
    }

    /**
     * A poll has ended.
     *
     * @param took since it was asked for
     */
    public void pollEnded(@Nullable ChatServiceException failure, long now, long took) {
        if (failure == null) {
            pollSucceeded(took);
        } else if (failure.kind() == ChatServiceException.Kind.THROTTLED) {
            throttled(now, failure.retryAfterMs());
        } else {
            failed(now);
        }
    }

    public void pollSucceeded(long took) {
        tookMs = took;
        failures = 0;
    }

    /** The service, or the rate limiter, refused the call: nothing is sent before it allows. */
    private void throttled(long now, long retryAfterMs) {
        heldUntil = Math.max(heldUntil, now + (retryAfterMs >= 0 ? retryAfterMs : backoff()));
        failures++;
    }

    /** The service did not answer, or with an error: tried again within an interval, so that recovery shows soon. */
    private void failed(long now) {
        heldUntil = Math.max(heldUntil, now + Math.min(backoff(), Math.max(FIRST_BACKOFF_MS, interval(activity(now)))));
        failures++;
    }

    /** The rate limiter would hold the next poll for so long; calls of a higher priority may still pass. */
    public void holdForRate(long ms) {
        rateHoldMs = ms;
    }

    /** Whether the thread is cold, and nothing holds its next poll back. */
    public boolean isIdle(long now) {
        return activity(now) == Activity.COLD && failures == 0 && heldUntil <= now;
    }

    /** Goes on after the thread was idle. */
    public void resume() {
        firstDelayChosen = true;
    }

    /** Whether pushes announce all that is written, so that polls only catch lost pushes. */
    public void trustPushes(boolean trusted) {
        trustsPushes = trusted;
    }

    boolean trustsPushes() {
        return trustsPushes;
    }

    /** How old a change may be before it is found, if its push is lost. */
    long pushStalenessMs() {
        return config.get().safetyNetSeconds() * 1000L * 5 / 4;
    }

    /** Polls in a row that failed. */
    public int failures() {
        return failures;
    }

    /** The earliest time at which the service may be called again. */
    public long heldUntil() {
        return heldUntil;
    }

    /** By how much events come later than {@link #stalenessMs()} says; 0 when they don't. */
    public long lateBy(long now) {
        long slow = Math.max(rateHoldMs, tookMs * DURATION_FACTOR);
        return Math.max(0, Math.max(heldUntil - now, slow) - stalenessMs());
    }

    /** The time between polls as it is now, without its random part. */
    public long meanMs(long now) {
        return Math.max(mean(activity(now)), Math.max(rateHoldMs, tookMs * DURATION_FACTOR));
    }

    /** How long the rate limiter would have held the next poll after the last one. */
    public long rateHoldMs() {
        return rateHoldMs;
    }

    /** The time until the next poll, with a random part so that the polls of threads spread. */
    public long delayMs(long now, boolean watched) {
        Activity activity = watched ? activity(now) : Activity.COLD;
        long mean = mean(activity);
        long spread = trustsPushes ? mean / 4 : activity.spread(mean);
        // The first delay is a random part of the interval, so that the polls of threads that were added together
        // spread.
        long interval =
                firstDelayChosen ? mean + random.nextLong(-spread, spread + 1) : random.nextLong(mean / 4, mean);
        firstDelayChosen = true;
        return Math.max(Math.max(interval, rateHoldMs), Math.max(tookMs * DURATION_FACTOR, heldUntil - now));
    }

    /** How old a change may be before it is found, when all is well. */
    public long stalenessMs() {
        return interval(Activity.COLD) + Activity.COLD.spread(interval(Activity.COLD));
    }

    private long mean(Activity activity) {
        long interval = interval(activity);
        return trustsPushes ? Math.max(config.get().safetyNetSeconds() * 1000L, interval) : interval;
    }

    private long interval(Activity activity) {
        return switch (activity) {
            case HOT -> config.get().hotMs();
            case WARM -> config.get().warmMs();
            case COLD -> config.get().coldMs();
        };
    }

    /** One second doubling, with full jitter, as the service asks for (docs/service-reference.md, Errors and retries). */
    private long backoff() {
        return random.nextLong(1, (FIRST_BACKOFF_MS << Math.min(failures, MOST_DOUBLINGS)) + 1);
    }
}
