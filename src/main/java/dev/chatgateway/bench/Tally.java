package dev.chatgateway.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Records deliveries: latency, duplicates, missing ones. Owned by one event loop. */
final class Tally {
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** Latency from the time each message was due, so that delays of the load generator count too (coordinated omission). */
    private final Histogram latency = new Histogram(LONGEST_NANOS, 3);

    private final List<Long> perSecond = new ArrayList<>();
    private long startNanos = Long.MAX_VALUE;
    private long endNanos = Long.MAX_VALUE;
    private long delivered;
    private long twice;

    /** Starts to count messages that are due from now on. */
    void begin(long nanos) {
        startNanos = nanos;
    }

    /** Stops to count messages that are due later. */
    void end(long nanos) {
        endNanos = nanos;
    }

    /** The deliveries of one thread to one connection. */
    final class Reader {
        private long last;

        /** @return whether the connection receives the message for the first time */
        boolean arrived(Stamp stamp, long now) {
            if (stamp.number() <= last) {
                twice++;
                return false;
            }
            // A gap shows at the end as a message that not every connection has received.
            last = stamp.number();
            if (stamp.dueNanos() >= startNanos && stamp.dueNanos() < endNanos) {
                count(now - stamp.dueNanos(), now);
            }
            return true;
        }
    }

    private void count(long nanos, long now) {
        delivered++;
        latency.recordValue(Math.max(0, Math.min(nanos, LONGEST_NANOS)));
        int second = (int) TimeUnit.NANOSECONDS.toSeconds(now - startNanos);
        while (perSecond.size() <= second) {
            perSecond.add(0L);
        }
        perSecond.set(second, perSecond.get(second) + 1);
    }

    Histogram latency() {
        return latency;
    }

    List<Long> perSecond() {
        return List.copyOf(perSecond);
    }

    long delivered() {
        return delivered;
    }

    /** The number of duplicate deliveries. */
    long twice() {
        return twice;
    }
}
