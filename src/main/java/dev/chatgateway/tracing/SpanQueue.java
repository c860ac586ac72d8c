package dev.chatgateway.tracing;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many spans wait for the exporter. The library's processor has a bound too, yet drops without a word; this one is
 * reached first. Any thread.
 */
final class SpanQueue {
    private final AtomicInteger waiting = new AtomicInteger();
    private final SpanCounts counts;

    SpanQueue(SpanCounts counts) {
        this.counts = counts;
    }

    /** Whether one more may wait; else it is dropped. */
    boolean enter(int bound) {
        if (waiting.incrementAndGet() <= bound) {
            return true;
        }
        waiting.decrementAndGet();
        counts.drop();
        return false;
    }

    /** So many wait no longer. */
    void leave(int spans) {
        waiting.addAndGet(-spans);
    }

    SpanCounts counts() {
        return counts;
    }
}
