package dev.chatgateway.poll.schedule;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntSupplier;

/**
 * Bounds the readings that are under way at once, so that polls never fill the connections to the service. While there
 * are more, those that somebody waits for go first, but not only those: a crowd that subscribes must not hold up the
 * events of those who are subscribed. A task waits once, whatever it asks, so the queues are bounded by the threads. Used
 * on the poller's context.
 */
public final class ConcurrencyLimiter {
    /** Of five slots that fall free. */
    private static final List<Urgency> TURNS =
            List.of(Urgency.WRITTEN, Urgency.AWAITED, Urgency.WRITTEN, Urgency.AWAITED, Urgency.USUAL);

    private final Map<Urgency, Set<Runnable>> queues = new EnumMap<>(Urgency.class);
    private final IntSupplier slots;
    private int turn;
    private int taken;
    private boolean giving;

    /** Why something is read now, the most urgent first. */
    public enum Urgency {
        /** Something was written in a thread that has subscribers. */
        WRITTEN,
        /** Somebody waits for the answer. */
        AWAITED,
        /** The time has come. */
        USUAL;

        public static Urgency of(boolean written, boolean awaited) {
            return written ? WRITTEN : awaited ? AWAITED : USUAL;
        }
    }

    public ConcurrencyLimiter(int slots) {
        this(() -> slots);
    }

    /** @param slots asked each time; fewer than are taken: nobody enters until enough have left */
    public ConcurrencyLimiter(IntSupplier slots) {
        this.slots = slots;
        for (Urgency urgency : Urgency.values()) {
            queues.put(urgency, new LinkedHashSet<>());
        }
    }

    /**
     * Runs the task at once, or when a slot is free; each task ends with {@link #leave()}. One that waits already goes
     * over to the queue that it asks for now.
     */
    public void enter(Urgency urgency, Runnable task) {
        queues.values().forEach(queue -> queue.remove(task));
        if (taken < slots.getAsInt()) {
            taken++;
            task.run();
        } else {
            queue(urgency).add(task);
        }
    }

    /** Gives a slot back. */
    public void leave() {
        taken--;
        // A task may give its slot back before it returns: a loop, as the queue may be longer than the stack.
        if (!giving) {
            giving = true;
            while (taken < slots.getAsInt() && queued() > 0) {
                taken++;
                next().run();
            }
            giving = false;
        }
    }

    /** Readings that wait for a slot. */
    public int queued() {
        return queues.values().stream().mapToInt(Collection::size).sum();
    }

    /** The first of the queue whose turn it is, of those in which somebody waits; waits no more. */
    private Runnable next() {
        Set<Runnable> queue;
        do {
            queue = queue(TURNS.get(turn));
            turn = (turn + 1) % TURNS.size();
        } while (queue.isEmpty());
        Iterator<Runnable> first = queue.iterator();
        Runnable task = first.next();
        first.remove();
        return task;
    }

    private Set<Runnable> queue(Urgency urgency) {
        return Objects.requireNonNull(queues.get(urgency));
    }
}
