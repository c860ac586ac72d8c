package dev.chatgateway.upstream;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Time that a test moves by hand. */
public final class VirtualTimers implements Timers {
    private final List<Task> tasks = new ArrayList<>();
    private long now;

    private record Task(long at, Runnable run) {}

    @Override
    public synchronized long nowMs() {
        return now;
    }

    @Override
    public synchronized Cancellation after(long ms, Runnable run) {
        Task task = new Task(now + Math.max(1, ms), run);
        tasks.add(task);
        return () -> cancel(task);
    }

    private synchronized void cancel(Task task) {
        tasks.remove(task);
    }

    /** Delays of the pending tasks from now, soonest first. */
    synchronized List<Long> pending() {
        return tasks.stream().map(t -> t.at - now).sorted().toList();
    }

    /** Runs everything that is due within that time, in order. */
    public void advance(long ms) {
        long end = nowMs() + ms;
        while (true) {
            Task next;
            synchronized (this) {
                next = tasks.stream()
                        .filter(t -> t.at <= end)
                        .min(Comparator.comparingLong(Task::at))
                        .orElse(null);
                if (next == null) {
                    now = end;
                    return;
                }
                tasks.remove(next);
                now = next.at;
            }
            next.run.run();
        }
    }
}
