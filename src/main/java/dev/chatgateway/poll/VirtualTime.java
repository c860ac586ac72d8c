package dev.chatgateway.poll;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** Time that passes as fast as the work allows: each task runs at its moment, and nothing happens between. */
final class VirtualTime implements Ticker {
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::order));
    private long now;
    private long order;

    VirtualTime(long start) {
        now = start;
    }

    private record Task(long at, long order, Runnable body) {}

    @Override
    public long now() {
        return now;
    }

    @Override
    public Timer schedule(long delayMs, Runnable body) {
        Task task = new Task(now + Math.max(0, delayMs), order++, body);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    /** Lets time pass until that moment, epoch milliseconds. */
    void passUntil(long end) {
        passUntil(end, () -> false);
    }

    /** Lets time pass until something holds, at most until that moment; whether it holds. */
    boolean passUntil(long end, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Task next = tasks.peek();
            if (next == null || next.at > end) {
                now = end;
                return condition.getAsBoolean();
            }
            tasks.remove();
            now = next.at;
            next.body.run();
        }
        return true;
    }

    /** Tasks to come. */
    int waiting() {
        return tasks.size();
    }
}
