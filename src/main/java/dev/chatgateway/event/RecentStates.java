package dev.chatgateway.event;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The message states (id, version) that the holder of a position has, as far as their versions are within the overlap below
 * the position's version, or above it. A state that the service lists late has such a version and is not included, so it is
 * replayed when the holder resumes. Up to {@link #MOST_NAMED} states are kept one by one; of more, only their number and
 * the sum of their hashes are kept.
 *
 * @param count number of states
 * @param sum sum of the hashes of all states; 0 when they are kept one by one
 * @param hashes 24-bit hashes in ascending order; empty when there are more than {@link #MOST_NAMED}
 * @param spanMs how far below the position's version the summed states reach, in milliseconds, if that is less than the
 *     overlap because the gateway knows the thread only since then; 0 when they reach as far as the overlap
 */
public record RecentStates(int count, long sum, List<Integer> hashes, int spanMs) {
    /** Number of states that are kept one by one at most: a cursor has room for so many. */
    public static final int MOST_NAMED = 7;

    /** No state. */
    public static final RecentStates NONE = new RecentStates(0, 0, List.of(), 0);

    private static final int SHORT = 0xFFFFFF;

    public RecentStates {
        hashes = List.copyOf(hashes);
    }

    /** Collects states for a position. Not thread safe. */
    public static final class Builder {
        private final List<Integer> hashes = new ArrayList<>();
        private int count;
        private long sum;

        /** Adds the state of a message. */
        public void add(long id, long version) {
            long hash = hash(id, version);
            count++;
            sum += hash;
            if (count <= MOST_NAMED) {
                hashes.add((int) hash & SHORT);
            }
        }

        /** The states added so far. */
        public RecentStates build() {
            if (count == 0) {
                return NONE;
            }
            if (count > MOST_NAMED) {
                return new RecentStates(count, sum, List.of(), 0);
            }
            Collections.sort(hashes);
            return new RecentStates(count, 0, hashes, 0);
        }
    }

    /** The same states, which reach less far below the position's version than the overlap. */
    public RecentStates within(long ms) {
        return named()
                ? this
                : new RecentStates(count, sum, hashes, (int) Math.max(1, Math.min(ms, Integer.MAX_VALUE)));
    }

    /** Whether the other states have the same number, sum and hashes. */
    public boolean addsUpTo(RecentStates other) {
        return count == other.count && sum == other.sum && hashes.equals(other.hashes);
    }

    /** Whether the states are kept one by one, so that {@link #has} can be used. */
    public boolean named() {
        return count <= MOST_NAMED;
    }

    /** Whether a state is included, if they are kept one by one. Wrongly true for about one state in two million. */
    public boolean has(long id, long version) {
        return hashes.contains((int) hash(id, version) & SHORT);
    }

    /** Hash of a state. Cursors contain it, so it is the same on every node and after every restart. */
    public static long hash(long id, long version) {
        return mix(id * 0x9E3779B97F4A7C15L + mix(version));
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
