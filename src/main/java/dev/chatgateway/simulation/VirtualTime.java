package dev.chatgateway.simulation;

import dev.chatgateway.poll.schedule.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Time that passes as fast as the work allows: each task runs at its moment, and nothing happens between. */
public final class VirtualTime implements Scheduler {
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.<Task>comparingLong(task -> task.at).thenComparingLong(task -> task.place));
    private long now;
    private long order;
    private int waiting;

    public VirtualTime(long start) {
        now = start;
    }

    /** One that was taken back stays in the queue, without work, until its moment: to search for it costs more. */
    private final class Task implements Timer {
        private final long at;
        private final long place;
        private @Nullable Runnable body;

        Task(long at, long place, Runnable body) {
            this.at = at;
            this.place = place;
            this.body = body;
        }

        @Override
        public void cancel() {
            if (body != null) {
                body = null;
                waiting--;
            }
        }
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public Timer schedule(long delayMs, Runnable body) {
        Task task = new Task(now + Math.max(0, delayMs), order++, body);
        tasks.add(task);
        waiting++;
        return task;
    }

    /** Lets time pass until that moment, epoch milliseconds. */
    public void passUntil(long end) {
        passUntil(end, () -> false);
    }

    /** Lets time pass until something holds, at most until that moment; whether it holds. */
    public boolean passUntil(long end, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Task next = tasks.peek();
            if (next == null || next.at > end) {
                now = end;
                return condition.getAsBoolean();
            }
            tasks.remove();
            Runnable body = next.body;
            if (body != null) {
                now = next.at;
                next.cancel();
                body.run();
            }
        }
        return true;
    }

    /** Tasks to come. */
    public int waiting() {
        return waiting;
    }
}
