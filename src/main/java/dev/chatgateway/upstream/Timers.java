package dev.chatgateway.upstream;

import dev.chatgateway.tracing.Span;
import dev.chatgateway.tracing.Tracer;
import io.vertx.core.Vertx;

/** The clock and timers of this package; tests replace them by virtual time. May be used from any thread. */
public interface Timers {
    /** Milliseconds that never go back; only differences mean something. */
    long nowMs();

    /** Runs a task after that many milliseconds, at least 1, on the context of the caller. */
    Cancellation after(long ms, Runnable task);

    /** Cancels a task; does nothing when it has run. */
    interface Cancellation {
        void cancel();
    }

    /** The timers of Vert.x and the machine's monotonic clock. */
    static Timers of(Vertx vertx) {
        return of(vertx, Tracer.NONE);
    }

    /** The same; a task runs in the span in which it was scheduled. */
    static Timers of(Vertx vertx, Tracer tracer) {
        return new Timers() {
            @Override
            public long nowMs() {
                return System.nanoTime() / 1_000_000;
            }

            @Override
            public Cancellation after(long ms, Runnable task) {
                Span mine = tracer.current();
                long id = vertx.setTimer(Math.max(1, ms), timer -> mine.run(task));
                return () -> vertx.cancelTimer(id);
            }
        };
    }
}
