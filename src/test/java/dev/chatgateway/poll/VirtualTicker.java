package dev.chatgateway.poll;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;

/** Time that passes only when a test says so; tasks of one moment run in the order they were given. */
final class VirtualTicker implements Ticker {
    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::order));
    private long now;
    private long order;

    VirtualTicker(long start) {
        now = start;
    }

    private record Task(long at, long order, Runnable body) {}

    @Override
    public long now() {
        return now;
    }

    @Override
    public Timer schedule(long delayMs, Runnable body) {
        Task task = new Task(now + delayMs, order++, body);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    /** Lets that many milliseconds pass. */
    void pass(long ms) {
        passUntil(ms, () -> false);
    }

    /** Lets time pass until something holds, at most that many milliseconds; false if it never did. */
    boolean passUntil(long ms, BooleanSupplier condition) {
        long end = now + ms;
        while (!condition.getAsBoolean()) {
            Task next = tasks.peek();
            if (next == null || next.at > end) {
                now = end;
                return condition.getAsBoolean();
            }
            tasks.poll();
            now = Math.max(now, next.at);
            next.body.run();
        }
        return true;
    }

    int waiting() {
        return tasks.size();
    }
}
