package dev.chatgateway.admin;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Measures the lag of the event loops: the longest delay of a periodic timer on each in the last 10 to 20 s. A loop that is
 * blocked now counts before its timer has run. Any thread.
 */
public final class LoopLag implements AutoCloseable {
    private static final long TICK_MS = 250;
    private static final long SPAN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Vertx vertx;
    private final LongSupplier nanos;
    private volatile List<Loop> loops = List.of();

    /** @param nanos a monotonic clock */
    public LoopLag(Vertx vertx, LongSupplier nanos) {
        this.vertx = vertx;
        this.nanos = nanos;
    }

    /** Starts to measure the event loops of these contexts. */
    public void watch(List<Context> contexts) {
        List<Loop> made = contexts.stream().map(context -> new Loop()).toList();
        loops = made;
        for (int i = 0; i < made.size(); i++) {
            Loop loop = made.get(i);
            contexts.get(i).runOnContext(turn -> arm(loop));
        }
    }

    /** The longest delay of any loop, in seconds. */
    public double seconds() {
        long now = nanos.getAsLong();
        long most = loops.stream().mapToLong(loop -> loop.worst(now)).max().orElse(0);
        return most / 1e9;
    }

    /** Call it before the contexts end; timers that no longer run would count as a delay. */
    @Override
    public void close() {
        loops = List.of();
    }

    private void arm(Loop loop) {
        if (loops.contains(loop)) {
            loop.due(nanos.getAsLong() + TimeUnit.MILLISECONDS.toNanos(TICK_MS));
            vertx.setTimer(TICK_MS, fired -> {
                loop.fired(nanos.getAsLong());
                arm(loop);
            });
        }
    }

    /** Written by its loop, read by any thread. */
    private static final class Loop {
        private volatile long dueNanos = Long.MAX_VALUE;
        private volatile long present;
        private volatile long previous;
        private long sinceNanos;

        void due(long at) {
            dueNanos = at;
        }

        void fired(long now) {
            if (now - sinceNanos >= SPAN_NANOS) {
                previous = present;
                present = 0;
                sinceNanos = now;
            }
            present = Math.max(present, now - dueNanos);
        }

        long worst(long now) {
            long waiting = dueNanos == Long.MAX_VALUE ? 0 : now - dueNanos;
            return Math.max(waiting, Math.max(present, previous));
        }
    }
}
