package dev.chatgateway.upstream.client;

import dev.chatgateway.metrics.UpstreamMetrics;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How far the service's clock is ahead of this node's, by the dates of its answers. To the second only, which is enough to
 * find a wrong clock: lag is measured between the two. Any thread.
 */
final class ClockOffset {
    private static final long EVERY_MS = 10_000;
    /** Dates are cut to the second: on average half a second is missing. */
    private static final double CUT_SECONDS = 0.5;
    /** A larger offset is shown in metrics, but not used. */
    private static final double MOST_SECONDS = 86_400;

    private final Clock clock;
    private final UpstreamMetrics metrics;
    private final AtomicLong nextMs = new AtomicLong();
    private final AtomicLong lastMs = new AtomicLong();

    ClockOffset(Clock clock, UpstreamMetrics metrics) {
        this.clock = clock;
        this.metrics = metrics;
    }

    /** The offset in milliseconds by the last date; 0 before the first. */
    long lastMs() {
        return lastMs.get();
    }

    /** Uses the date of an answer, at most one in ten seconds. */
    void update(@Nullable String date) {
        long now = clock.millis();
        long due = nextMs.get();
        if (date == null || now < due || !nextMs.compareAndSet(due, now + EVERY_MS)) {
            return;
        }
        try {
            Instant theirs = DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.strip(), Instant::from);
            double seconds = (theirs.toEpochMilli() - now) / 1000.0 + CUT_SECONDS;
            metrics.clockOffset(seconds);
            if (Math.abs(seconds) <= MOST_SECONDS) {
                lastMs.set(Math.round(seconds * 1000));
            }
        } catch (DateTimeException e) {
            // An unreadable date does not change the offset.
            return;
        }
    }
}
