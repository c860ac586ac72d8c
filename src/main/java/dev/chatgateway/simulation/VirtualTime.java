package dev.chatgateway.simulation;

import dev.chatgateway.poll.schedule.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A scheduler for simulations: time jumps from task to task. Not thread safe. */
public final class VirtualTime implements Scheduler {
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.<Task>comparingLong(task -> task.at).thenComparingLong(task -> task.sequence));
    private long now;
    private long nextSequence;
    private int pending;

    public VirtualTime(long start) {
        now = start;
    }

    /** A cancelled task stays in the queue without its body until its time, as a search for it would cost more. */
    private final class Task implements Timer {
        private final long at;
        private final long sequence;
        private @Nullable Runnable body;

        Task(long at, long sequence, Runnable body) {
            this.at = at;
            this.sequence = sequence;
            this.body = body;
        }

        @Override
        public void cancel() {
            if (body != null) {
                body = null;
                pending--;
            }
        }
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public Timer schedule(long delayMs, Runnable body) {
        Task task = new Task(now + Math.max(0, delayMs), nextSequence++, body);
        tasks.add(task);
        pending++;
        return task;
    }

    /** Runs the tasks until that time, epoch milliseconds. */
    public void passUntil(long end) {
        passUntil(end, () -> false);
    }

    /** Runs the tasks until the condition holds, at most until that time; returns whether it holds. */
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

    /** Number of scheduled tasks. */
    public int pending() {
        return pending;
    }
}
