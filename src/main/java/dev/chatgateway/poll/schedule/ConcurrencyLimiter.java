package dev.chatgateway.poll.schedule;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Bounds the polls that run at once, so that they never use all connections to the service. Further polls are queued. Those
 * that a subscriber waits for go first, but not only those: many new subscribers must not delay the events of the others.
 * A task is queued once, whatever it asks, so that the queues are bounded by the number of threads. Used on the poller's
 * context.
 */
public final class ConcurrencyLimiter {
    /** The queues from which five slots in a row are given. */
    private static final List<Urgency> ORDER =
            List.of(Urgency.WRITTEN, Urgency.AWAITED, Urgency.WRITTEN, Urgency.AWAITED, Urgency.USUAL);

    private final Map<Urgency, Set<Runnable>> queues = new EnumMap<>(Urgency.class);
    private final IntSupplier slots;
    private int position;
    private int running;
    private boolean dispatching;

    /** Why something is polled now, the most urgent first. */
    public enum Urgency {
        /** Something was written in a thread that has subscribers. */
        WRITTEN,
        /** A subscriber waits for the answer. */
        AWAITED,
        /** The poll interval has passed. */
        USUAL;

        public static Urgency of(boolean written, boolean awaited) {
            return written ? WRITTEN : awaited ? AWAITED : USUAL;
        }
    }

    public ConcurrencyLimiter(int slots) {
        this(() -> slots);
    }

    /** @param slots asked each time; if it falls below the number of running polls, none begins until enough have ended */
    public ConcurrencyLimiter(IntSupplier slots) {
        this.slots = slots;
        for (Urgency urgency : Urgency.values()) {
            queues.put(urgency, new LinkedHashSet<>());
        }
    }

    /** The polls of one thread. */
    public final class Task {
        private final Runnable poll;
        /** One instance, as the queues compare by identity. */
        private final Runnable start = this::start;

        private boolean written;
        private boolean queued;
        private Urgency urgency = Urgency.USUAL;
        private boolean calling;
        private boolean held;

        private Task(Runnable poll) {
            this.poll = poll;
        }

        /** Something was written: the next poll is urgent. */
        public void markWritten() {
            written = true;
        }

        /** Asks for a slot, or for a more urgent one than was asked for. */
        public void request(boolean awaited) {
            Urgency requested = Urgency.of(written, awaited);
            if (!queued || (!held && requested.compareTo(urgency) < 0)) {
                queued = true;
                urgency = requested;
                enter(requested, start);
            }
        }

        /** Whether it waits for a slot. */
        public boolean queued() {
            return queued;
        }

        /** Makes a call beside the polls. A poll whose turn comes meanwhile waits, as calls of a thread never overlap. */
        public <T> Future<T> callBetweenPolls(Supplier<Future<T>> call) {
            calling = true;
            return call.get().onComplete(done -> {
                calling = false;
                if (held) {
                    held = false;
                    start();
                }
            });
        }

        private void start() {
            held = calling;
            if (!held) {
                queued = false;
                written = false;
                poll.run();
            }
        }
    }

    /** @param poll run when there is a slot; ends with {@link #leave()} */
    public Task task(Runnable poll) {
        return new Task(poll);
    }

    /**
     * Runs a task at once, or when there is a slot; each task ends with {@link #leave()}. A task that is queued already
     * moves to the queue of the given urgency.
     */
    public void enter(Urgency urgency, Runnable task) {
        queues.values().forEach(queue -> queue.remove(task));
        if (running < slots.getAsInt()) {
            running++;
            task.run();
        } else {
            queue(urgency).add(task);
        }
    }

    /** Gives a slot back. */
    public void leave() {
        running--;
        // A task may give its slot back before it returns. A loop, as the queue may be longer than the stack is deep.
        if (!dispatching) {
            dispatching = true;
            while (running < slots.getAsInt() && queued() > 0) {
                running++;
                removeNext().run();
            }
            dispatching = false;
        }
    }

    /** Tasks that wait for a slot. */
    public int queued() {
        return queues.values().stream().mapToInt(Collection::size).sum();
    }

    private Runnable removeNext() {
        Set<Runnable> queue;
        do {
            queue = queue(ORDER.get(position));
            position = (position + 1) % ORDER.size();
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
