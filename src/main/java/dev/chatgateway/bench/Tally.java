package dev.chatgateway.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What has arrived: how late, how often, and what is missing. Lives on the load's event loop. */
final class Tally {
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** Since the time each message was due, so that a gateway that falls behind is not asked less often. */
    private final Histogram latency = new Histogram(LONGEST_NANOS, 3);

    private final List<Long> perSecond = new ArrayList<>();
    private long startNanos = Long.MAX_VALUE;
    private long endNanos = Long.MAX_VALUE;
    private long delivered;
    private long twice;

    /** From now on arrivals count, for those due from now on. */
    void begin(long nanos) {
        startNanos = nanos;
    }

    /** Messages due later do not count. */
    void end(long nanos) {
        endNanos = nanos;
    }

    /** One connection's reading of one thread. */
    final class Reader {
        private long last;

        /** @return whether it is new to this connection */
        boolean arrived(Stamp stamp, long now) {
            if (stamp.number() <= last) {
                twice++;
                return false;
            }
            // What is left out shows in the end, as messages that not all have got.
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

    /** States that a connection got again. */
    long twice() {
        return twice;
    }
}
