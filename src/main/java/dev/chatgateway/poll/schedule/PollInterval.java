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
 * When a thread is read next: by its heat, stretched by a slow service and by a ledger that runs low, held back by
 * refusals for rate and by failures. All times in milliseconds.
 */
public final class PollInterval {
    private static final long FIRST_BACKOFF_MS = 1_000;
    private static final int MOST_DOUBLINGS = 5;
    /** A reading may take this share of the interval; a slower one stretches it. */
    private static final int SHARE = 3;
    /** Who comes to look at a thread keeps it hot for this part of the time that a writer does. */
    private static final int ARRIVAL_PART = 6;

    private final Supplier<GatewayConfig.Poll> config;
    private final RandomGenerator random;
    private long hotUntil;
    private long warmUntil;
    private long heldUntil;
    private long tookMs;
    private long ledgerMs;
    private int failures;
    private boolean begun;
    private boolean pushed;

    public PollInterval(Supplier<GatewayConfig.Poll> config, RandomGenerator random) {
        this.config = config;
        this.random = random;
    }

    /** How much goes on in a thread, and how far its interval is spread around the mean. */
    public enum Heat {
        /** Just written to, or somebody is writing or has come: 0.6 to 1 s by default. */
        HOT(1, 4),
        /** Read, or hot, in the last minutes: 2 to 5 s. */
        WARM(3, 7),
        /** Silent: 10 to 30 s. */
        COLD(1, 2);

        private final int part;
        private final int of;

        Heat(int part, int of) {
            this.part = part;
            this.of = of;
        }

        private long spread(long interval) {
            return interval * part / of;
        }
    }

    /** Something was written or is being written. */
    public void moved(long now) {
        hot(now, config.get().hotSeconds() * 1000L);
    }

    /** Something was written through the gateway, or a read mark was set. */
    public void poked(Poke poke, long now) {
        if (poke.parts().equals(Set.of(EventGroup.RECEIPTS))) {
            read(now);
        } else {
            moved(now);
        }
    }

    /** Somebody has subscribed. */
    public void arrived(long now) {
        hot(now, config.get().hotSeconds() * 1000L / ARRIVAL_PART);
    }

    /** Somebody reads. */
    public void read(long now) {
        warmUntil = Math.max(warmUntil, now + config.get().warmSeconds() * 1000L);
    }

    private void hot(long now, long ms) {
        hotUntil = Math.max(hotUntil, now + ms);
        read(hotUntil);
    }

    public Heat heat(long now) {
        return now < hotUntil ? Heat.HOT : now < warmUntil ? Heat.WARM : Heat.COLD;
    }

    /** A reading has ended, that long after it was asked for. */
    public void ended(@Nullable ChatServiceException failure, long now, long took) {
        if (failure == null) {
            succeeded(took);
        } else if (failure.kind() == ChatServiceException.Kind.THROTTLED) {
            throttled(now, failure.retryAfterMs());
        } else {
            failed(now);
        }
    }

    /** A reading went well. */
    public void succeeded(long took) {
        tookMs = took;
        failures = 0;
    }

    /** The service, or the ledger, asked for less: nothing is sent before it allows. */
    void throttled(long now, long retryAfterMs) {
        heldUntil = Math.max(heldUntil, now + (retryAfterMs >= 0 ? retryAfterMs : backoff()));
        failures++;
    }

    /** The service did not answer, or not well: tried again within an interval, so that recovery shows soon. */
    void failed(long now) {
        heldUntil = Math.max(heldUntil, now + Math.min(backoff(), Math.max(FIRST_BACKOFF_MS, interval(heat(now)))));
        failures++;
    }

    /** The next poll would be refused by the ledger for that long; more urgent readings may still pass. */
    public void ledger(long ms) {
        ledgerMs = ms;
    }

    /** Whether the thread is silent, and nothing holds its next reading back. */
    public boolean rests(long now) {
        return heat(now) == Heat.COLD && failures == 0 && heldUntil <= now;
    }

    /** Goes on as if it had rested all the time. */
    public void resumed() {
        begun = true;
    }

    /** Pushes tell what is written: readings are only the net below them. */
    public void pushed(boolean trusted) {
        pushed = trusted;
    }

    boolean pushed() {
        return pushed;
    }

    /** How old a change may be before it is seen, if its push is lost. */
    long pushStaleness() {
        return config.get().safetyNetSeconds() * 1000L * 5 / 4;
    }

    /** Readings in a row that brought nothing. */
    public int failures() {
        return failures;
    }

    /** Earliest time that the service may be called again. */
    public long heldUntil() {
        return heldUntil;
    }

    /** Whether events come later than {@link #staleness()} says, and by how much, in milliseconds; 0 when they don't. */
    public long lateBy(long now) {
        long slow = Math.max(ledgerMs, tookMs * SHARE);
        return Math.max(0, Math.max(heldUntil - now, slow) - staleness());
    }

    /** The time between readings as it is now, without its random part. */
    public long meanMs(long now) {
        long mean =
                pushed ? Math.max(config.get().safetyNetSeconds() * 1000L, interval(heat(now))) : interval(heat(now));
        return Math.max(mean, Math.max(ledgerMs, tookMs * SHARE));
    }

    /** How long the ledger would hold the next poll back, as it was after the last one. */
    public long ledgerMs() {
        return ledgerMs;
    }

    /** How long to wait, with a random part so that threads spread. */
    public long next(long now, boolean watched) {
        Heat heat = watched ? heat(now) : Heat.COLD;
        long mean = pushed ? Math.max(config.get().safetyNetSeconds() * 1000L, interval(heat)) : interval(heat);
        long spread = pushed ? mean / 4 : heat.spread(mean);
        // The first wait is a random part of the interval: threads that began together part.
        long interval = begun ? mean + random.nextLong(-spread, spread + 1) : random.nextLong(mean / 4, mean);
        begun = true;
        return Math.max(Math.max(interval, ledgerMs), Math.max(tookMs * SHARE, heldUntil - now));
    }

    /** How old a change may be before it is seen, when all is well. */
    public long staleness() {
        return interval(Heat.COLD) + Heat.COLD.spread(interval(Heat.COLD));
    }

    private long interval(Heat heat) {
        return switch (heat) {
            case HOT -> config.get().hotMs();
            case WARM -> config.get().warmMs();
            case COLD -> config.get().coldMs();
        };
    }

    /** One second doubling, with full jitter (reference 6.5). */
    private long backoff() {
        return random.nextLong(1, (FIRST_BACKOFF_MS << Math.min(failures, MOST_DOUBLINGS)) + 1);
    }
}
