package dev.chatgateway.socket.accept;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One point in time after which something is done. Moving it on, as each request does, costs no timer: one that fires
 * early waits for the rest. Owned by one event loop.
 */
final class Deadline {
    private final Runnable late;
    private @Nullable ScheduledFuture<?> timer;
    private long timerNanos;
    private long dueNanos;
    private boolean set;

    Deadline(Runnable late) {
        this.late = late;
    }

    /** Sets it, or moves it. */
    void in(EventExecutor executor, long millis) {
        dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        set = true;
        if (timer != null && timerNanos - dueNanos > 0) {
            timer.cancel(false);
            timer = null;
        }
        if (timer == null) {
            schedule(executor);
        }
    }

    /** Whether there is one. */
    boolean isSet() {
        return set;
    }

    /** There is none any more. */
    void clear() {
        set = false;
    }

    /** Leaves no timer behind. */
    void close() {
        set = false;
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
        if (!set) {
            return;
        }
        if (dueNanos - System.nanoTime() > 0) {
            schedule(executor);
        } else {
            set = false;
            late.run();
        }
    }
}
