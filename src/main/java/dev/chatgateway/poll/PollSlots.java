package dev.chatgateway.poll;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Bounds the readings that are under way at once, so that polls never fill the connections to the service. Who waits for
 * an answer goes first; the rest in the order they came. Each thread stands here at most once, so the queue is bounded by
 * the threads. Used on the poller's context.
 */
final class PollSlots {
    private final Deque<Runnable> urgent = new ArrayDeque<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int free;
    private boolean giving;

    PollSlots(int slots) {
        free = slots;
    }

    /** Runs the task at once, or when a slot is free; each task ends with {@link #leave()}. */
    void enter(boolean first, Runnable task) {
        if (free > 0) {
            free--;
            task.run();
        } else {
            (first ? urgent : waiting).addLast(task);
        }
    }

    /** Gives a slot back. */
    void leave() {
        free++;
        // A task may give its slot back before it returns: a loop, as the queue may be longer than the stack.
        if (!giving) {
            giving = true;
            while (free > 0 && queued() > 0) {
                free--;
                (urgent.isEmpty() ? waiting : urgent).removeFirst().run();
            }
            giving = false;
        }
    }

    /** Readings that wait for a slot. */
    int queued() {
        return urgent.size() + waiting.size();
    }
}
