package dev.chatgateway.poll.schedule;

import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * All timers of the poller in one queue with one timer of the clock below: a hundred thousand threads cost the event loop
 * one timer. Tasks of the same moment run in no certain order, and a few at a time, so that other work of the loop gets its
 * turn. A cancelled task stays in the queue until it is due or until an eighth of the queue is cancelled. Used on the poller's
 * context.
 */
public final class TimerQueue implements Scheduler {
    /** Tasks that run before the event loop is given back. */
    private static final int MOST_AT_ONCE = 64;

    /** Cancelled tasks are removed when they are more than one in this number of the queued tasks. */
    private static final int CANCELLED_PART = 8;

    private final Scheduler clock;
    private final PriorityQueue<Entry> queue = new PriorityQueue<>();
    private int cancelled;
    private @Nullable Timer armed;
    private long armedFor;

    public TimerQueue(Scheduler clock) {
        this.clock = clock;
    }

    private final class Entry implements Timer, Comparable<Entry> {
        private final long at;
        /** Null once it has run or was cancelled. */
        private @Nullable Runnable task;

        Entry(long at, Runnable task) {
            this.at = at;
            this.task = task;
        }

        @Override
        public int compareTo(Entry other) {
            return Long.compare(at, other.at);
        }

        @Override
        public void cancel() {
            if (task != null) {
                task = null;
                cancelled++;
                removeCancelled();
                arm();
            }
        }
    }

    @Override
    public long now() {
        return clock.now();
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        Entry entry = new Entry(clock.now() + Math.max(0, delayMs), task);
        queue.add(entry);
        arm();
        return entry;
    }

    /** Tasks that are neither run nor cancelled. */
    public int waiting() {
        return queue.size() - cancelled;
    }

    private void fire() {
        armed = null;
        long now = clock.now();
        try {
            Entry due = first();
            for (int i = 0; i < MOST_AT_ONCE && due != null && due.at <= now; i++) {
                queue.remove();
                Runnable task = due.task;
                due.task = null;
                if (task != null) {
                    task.run();
                }
                due = first();
            }
        } finally {
            arm();
        }
    }

    /** One timer for the earliest task. One that is set too early is left, as it does no harm. */
    private void arm() {
        Entry first = first();
        Timer set = armed;
        if (set != null && (first == null || first.at < armedFor)) {
            set.cancel();
            armed = null;
        }
        if (first != null && armed == null) {
            armedFor = first.at;
            armed = clock.schedule(Math.max(0, armedFor - clock.now()), this::fire);
        }
    }

    /** The earliest task that was not cancelled. */
    private @Nullable Entry first() {
        Entry first = queue.peek();
        while (first != null && first.task == null) {
            queue.remove();
            cancelled--;
            first = queue.peek();
        }
        return first;
    }

    private void removeCancelled() {
        if (cancelled > queue.size() / CANCELLED_PART) {
            queue.removeIf(entry -> entry.task == null);
            cancelled = 0;
        }
    }
}
