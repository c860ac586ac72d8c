package dev.chatgateway.tracing;

import java.util.concurrent.atomic.LongAdder;

/** What became of sampled spans, since the start. Any thread. */
public final class SpanCounts {
    private final LongAdder exported = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder dropped = new LongAdder();

    /** Taken by the collector. */
    public long exported() {
        return exported.sum();
    }

    /** Sent, and not taken. */
    public long failed() {
        return failed.sum();
    }

    /** Never sent, as too many were waiting. */
    public long dropped() {
        return dropped.sum();
    }

    void sent(boolean well, int spans) {
        (well ? exported : failed).add(spans);
    }

    void drop() {
        dropped.increment();
    }
}
