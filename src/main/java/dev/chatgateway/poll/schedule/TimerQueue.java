package dev.chatgateway.poll.schedule;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the poller waits for, in one heap with one timer of the clock below: a hundred thousand threads cost the
 * event loop one timer. Tasks of the same moment run in no certain order, and a few at a time, so that other work of the
 * loop gets its turn. Used on the poller's context.
 */
public final class TimerQueue implements Scheduler {
    /** Tasks that run before the loop is given back. */
    private static final int TURN = 64;

    private static final int FIRST_SIZE = 64;
    private static final int NOT_WAITING = -1;

    private final Scheduler clock;
    private Entry[] heap = new Entry[FIRST_SIZE];
    private int size;
    private @Nullable Timer armed;
    private long armedFor;

    public TimerQueue(Scheduler clock) {
        this.clock = clock;
    }

    /** A task in the heap; knows its place, so that it can be taken back without a search. */
    private final class Entry implements Timer {
        private final long at;
        private final Runnable task;
        private int place;

        Entry(long at, Runnable task) {
            this.at = at;
            this.task = task;
        }

        @Override
        public void cancel() {
            if (place != NOT_WAITING) {
                remove(place);
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
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        rise(size++, entry);
        arm();
        return entry;
    }

    /** Tasks that wait. */
    public int waiting() {
        return size;
    }

    private void fire() {
        armed = null;
        long now = clock.now();
        try {
            for (int i = 0; i < TURN && size > 0 && heap[0].at <= now; i++) {
                Entry due = heap[0];
                remove(0);
                due.task.run();
            }
        } finally {
            arm();
        }
    }

    /** One timer for the earliest task; one that is set too early is left, as it does no harm. */
    private void arm() {
        Timer set = armed;
        if (set != null && (size == 0 || heap[0].at < armedFor)) {
            set.cancel();
            armed = null;
        }
        if (size > 0 && armed == null) {
            armedFor = heap[0].at;
            armed = clock.schedule(Math.max(0, armedFor - clock.now()), this::fire);
        }
    }

    private void remove(int place) {
        heap[place].place = NOT_WAITING;
        Entry last = heap[--size];
        heap[size] = null;
        if (place < size) {
            sink(place, last);
            if (heap[place] == last) {
                rise(place, last);
            }
        }
    }

    private void rise(int from, Entry entry) {
        int place = from;
        while (place > 0 && heap[(place - 1) / 2].at > entry.at) {
            put(place, heap[(place - 1) / 2]);
            place = (place - 1) / 2;
        }
        put(place, entry);
    }

    private void sink(int from, Entry entry) {
        int place = from;
        while (2 * place + 1 < size) {
            int child = 2 * place + 1;
            if (child + 1 < size && heap[child + 1].at < heap[child].at) {
                child++;
            }
            if (heap[child].at >= entry.at) {
                break;
            }
            put(place, heap[child]);
            place = child;
        }
        put(place, entry);
    }

    private void put(int place, Entry entry) {
        heap[place] = entry;
        entry.place = place;
    }
}
