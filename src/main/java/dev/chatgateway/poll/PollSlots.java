package dev.chatgateway.poll;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;

/**
 * Bounds the readings that are under way at once, so that polls never fill the connections to the service. Who waits for
 * an answer goes first; the rest in the order they came. Each thread stands here at most once, so the queue is bounded by
 * the threads. Used on the poller's context.
 */
final class PollSlots {
    private final Deque<Runnable> urgent = new ArrayDeque<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final IntSupplier slots;
    private int taken;
    private boolean giving;

    PollSlots(int slots) {
        this(() -> slots);
    }

    /** @param slots asked each time; fewer than are taken: nobody enters until enough have left */
    PollSlots(IntSupplier slots) {
        this.slots = slots;
    }

    /** Runs the task at once, or when a slot is free; each task ends with {@link #leave()}. */
    void enter(boolean first, Runnable task) {
        if (taken < slots.getAsInt()) {
            taken++;
            task.run();
        } else {
            (first ? urgent : waiting).addLast(task);
        }
    }

    /** Gives a slot back. */
    void leave() {
        taken--;
        // A task may give its slot back before it returns: a loop, as the queue may be longer than the stack.
        if (!giving) {
            giving = true;
            while (taken < slots.getAsInt() && queued() > 0) {
                taken++;
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
