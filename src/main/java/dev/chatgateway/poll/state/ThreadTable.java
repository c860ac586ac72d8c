package dev.chatgateway.poll.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A hash table with open addressing of values that know their thread's id themselves. A HashMap has an object of 32 bytes
 * more for each entry. There are four entries for each idle thread: with HashMaps an idle thread took 927 bytes in place
 * of 797 ({@code ColdThreadsTest} allows 850). Not thread safe.
 */
public final class ThreadTable<T> {
    private static final int FIRST_SIZE = 8;

    private final Function<T, String> idOf;
    private @Nullable Object[] slots = new Object[FIRST_SIZE];
    private int size;

    public ThreadTable(Function<T, String> idOf) {
        this.idOf = idOf;
    }

    public @Nullable T get(String threadId) {
        return at(find(threadId));
    }

    public boolean contains(String threadId) {
        return get(threadId) != null;
    }

    /** Adds a value, or replaces the one with its id. */
    public void put(T value) {
        if (size >= slots.length / 4 * 3) {
            grow();
        }
        int place = find(idOf.apply(value));
        if (slots[place] == null) {
            size++;
        }
        slots[place] = value;
    }

    public void remove(String threadId) {
        int place = find(threadId);
        if (slots[place] != null) {
            slots[place] = null;
            size--;
            closeGap(place);
        }
    }

    public void clear() {
        slots = new Object[FIRST_SIZE];
        size = 0;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** A copy of all values, in no certain order. */
    public List<T> values() {
        List<T> values = new ArrayList<>(size);
        for (int i = 0; i < slots.length; i++) {
            T value = at(i);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    /** The slot of the value with that id, or the free slot for it. */
    private int find(String threadId) {
        int place = home(threadId);
        for (T value = at(place); value != null && !idOf.apply(value).equals(threadId); value = at(place)) {
            place = next(place);
        }
        return place;
    }

    /** Moves values that were put behind the freed slot up, so that a search finds them. */
    private void closeGap(int freed) {
        int gap = freed;
        int place = next(gap);
        for (T value = at(place); value != null; value = at(place)) {
            int home = home(idOf.apply(value));
            int mask = slots.length - 1;
            if (((place - home) & mask) >= ((place - gap) & mask)) {
                slots[gap] = value;
                slots[place] = null;
                gap = place;
            }
            place = next(place);
        }
    }

    private void grow() {
        List<T> all = values();
        slots = new Object[slots.length * 2];
        for (T value : all) {
            slots[find(idOf.apply(value))] = value;
        }
    }

    private int home(String threadId) {
        int hash = threadId.hashCode() * 0x9E3779B9;
        return (hash ^ hash >>> 16) & (slots.length - 1);
    }

    private int next(int place) {
        return (place + 1) & (slots.length - 1);
    }

    @SuppressWarnings("unchecked")
    private @Nullable T at(int place) {
        return (T) slots[place];
    }
}
