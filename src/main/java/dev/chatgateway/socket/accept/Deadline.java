package dev.chatgateway.socket.accept;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A deadline that is often moved. Moving it reuses the running timer, which is rescheduled when it fires before the
 * deadline. Owned by one event loop.
 */
final class Deadline {
    private final Runnable onTimeout;
    private @Nullable ScheduledFuture<?> timer;
    private long timerNanos;
    private long dueNanos;
    private boolean pending;

    Deadline(Runnable onTimeout) {
        this.onTimeout = onTimeout;
    }

    /** Sets or moves the deadline. */
    void set(EventExecutor executor, long millis) {
        dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        pending = true;
        if (timer != null && timerNanos - dueNanos > 0) {
            timer.cancel(false);
            timer = null;
        }
        if (timer == null) {
            schedule(executor);
        }
    }

    boolean isPending() {
        return pending;
    }

    /** Cancels the deadline. The timer may keep running. */
    void clear() {
        pending = false;
    }

    /** Cancels the deadline and its timer. */
    void close() {
        pending = false;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void schedule(EventExecutor executor) {
        timerNanos = dueNanos;
        timer = executor.schedule(
                () -> fired(executor), Math.max(0, dueNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void fired(EventExecutor executor) {
        timer = null;
        if (!pending) {
            return;
        }
        if (dueNanos - System.nanoTime() > 0) {
            schedule(executor);
        } else {
            pending = false;
            onTimeout.run();
        }
    }
}
