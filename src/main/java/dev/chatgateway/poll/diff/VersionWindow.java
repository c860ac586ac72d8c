package dev.chatgateway.poll.diff;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.PublishedStates;
import dev.chatgateway.event.RecentStates;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The known states of a thread's messages: the mark, and the (id, version) pairs of the newest changes. The service
 * lists messages by version, newest change first (docs/service-reference.md, Listing order and versions). Therefore a
 * listed state above the lower bound that is not among the pairs is new. Not thread safe.
 */
public final class VersionWindow {
    /**
     * Callers of {@link #prune} keep at least this many pairs, so that a state that the service lists late is
     * recognised.
     */
    public static final int MIN_PAIRS = 20;

    private static final Comparator<ChatMessage> BY_VERSION =
            Comparator.comparingLong(ChatMessage::version).thenComparingLong(ChatMessage::arrivedAt);

    /** Ids of the pairs, in ascending order of version, then id. Each id occurs once. */
    private long[] ids = new long[MIN_PAIRS];

    /** Versions of the pairs, in the same order. */
    private long[] versions = new long[MIN_PAIRS];

    private int size;
    private long lowerBound;
    private long mark;

    /** Drops all pairs and sets the lower bound. */
    public void reset(long newLowerBound) {
        size = 0;
        lowerBound = newLowerBound;
        mark = Math.max(mark, newLowerBound);
    }

    /** Every state up to this version is known, except states that the service lists late. */
    public long mark() {
        return mark;
    }

    /** Raises the mark; it never falls. */
    public void raiseMark(long version) {
        mark = Math.max(mark, version);
    }

    /** States up to this version are not compared: they are taken to be known, and no pairs are kept of them. */
    public long lowerBound() {
        return lowerBound;
    }

    public int size() {
        return size;
    }

    /**
     * Returns the states of a listing that are above the lower bound and not known, lowest version first. Of several
     * states of one message only the newest. Does not change the window.
     */
    public List<ChatMessage> newStates(Collection<ChatMessage> listed) {
        return newest(
                listed,
                message -> message.version() > lowerBound && message.version() > versionOf(message.arrivedAt()));
    }

    /**
     * Returns the new states of a listing that is not in order of version, lowest version first: known messages in a
     * higher version, unknown messages that arrived after all known ones, and unknown messages that changed after the
     * mark.
     */
    public List<ChatMessage> newStatesInAnyOrder(Collection<ChatMessage> listed) {
        long newest = newestId();
        return newest(listed, message -> {
            long known = versionOf(message.arrivedAt());
            return known >= 0 ? message.version() > known : message.arrivedAt() > newest || message.version() > mark;
        });
    }

    private static List<ChatMessage> newest(Collection<ChatMessage> listed, Predicate<ChatMessage> isNew) {
        Map<Long, ChatMessage> states = new HashMap<>();
        for (ChatMessage message : listed) {
            if (isNew.test(message)) {
                // A message that changes between two pages is listed twice.
                states.merge(message.arrivedAt(), message, (a, b) -> a.version() >= b.version() ? a : b);
            }
        }
        return states.values().stream().sorted(BY_VERSION).toList();
    }

    /** Adds a state, unless a newer state of the message is known. */
    public void put(long id, long version) {
        int at = indexOf(id);
        if (at >= 0) {
            if (versions[at] >= version) {
                return;
            }
            remove(at);
        }
        insert(id, version);
    }

    /** The known version of a message; -1 if the message is not among the pairs. */
    public long versionOf(long id) {
        int at = indexOf(id);
        return at < 0 ? -1 : versions[at];
    }

    /** Number of pairs above a version. */
    public int countAbove(long version) {
        return size - firstAbove(version);
    }

    /** The given version, or the lowest higher one that has at most {@code maxPairs} pairs above it. */
    public long withAtMostAbove(long version, int maxPairs) {
        return countAbove(version) > maxPairs ? versions[size - maxPairs - 1] : version;
    }

    /** The states above a version, in the form that a position carries. */
    public RecentStates statesAbove(long version) {
        return statesBetween(version, Long.MAX_VALUE);
    }

    /** The states above {@code version} and up to {@code to}, in the form that a position carries. */
    public RecentStates statesBetween(long version, long to) {
        RecentStates.Builder states = new RecentStates.Builder();
        for (int i = firstAbove(version); i < size && versions[i] <= to; i++) {
            states.add(ids[i], versions[i]);
        }
        return states.build();
    }

    /**
     * The states that a position at the mark carries: those above the mark less the overlap, or above the lower bound.
     */
    public RecentStates recentStates(long overlapMs) {
        long from = mark - overlapMs;
        return lowerBound > from ? statesAbove(lowerBound).within(mark - lowerBound) : statesAbove(from);
    }

    /** The states that will not be published any more: those up to the lower bound, and the pairs above it. */
    public PublishedStates publishedStates() {
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < size; i++) {
            hashes.add(RecentStates.hash(ids[i], versions[i]));
        }
        return new PublishedStates(lowerBound, hashes);
    }

    /** Whether all pairs above a version pass the test, which is called lowest version first until it returns false. */
    public boolean allAbove(long version, StatePredicate test) {
        for (int i = firstAbove(version); i < size; i++) {
            if (!test.test(ids[i], versions[i])) {
                return false;
            }
        }
        return true;
    }

    /** A test of one (id, version) pair. */
    public interface StatePredicate {
        boolean test(long id, long version);
    }

    /** Whether a pair above that version is known whose id is {@code fromId} or higher. */
    public boolean hasStateAbove(long version, long fromId) {
        return !allAbove(version, (id, known) -> id < fromId);
    }

    /** Whether another window lacks a state of this one whose message id is {@code fromId} or higher. */
    public boolean hasNewStatesFor(VersionWindow other, long fromId) {
        return !allAbove(other.lowerBound, (id, version) -> id < fromId || other.versionOf(id) >= version);
    }

    /** The highest message id among the pairs; 0 if there are none. */
    public long newestId() {
        long newest = 0;
        for (int i = 0; i < size; i++) {
            newest = Math.max(newest, ids[i]);
        }
        return newest;
    }

    /** The lowest message id among the pairs; {@link Long#MAX_VALUE} if there are none. */
    public long oldestId() {
        long oldest = Long.MAX_VALUE;
        for (int i = 0; i < size; i++) {
            oldest = Math.min(oldest, ids[i]);
        }
        return oldest;
    }

    /**
     * Drops the pairs up to a version, but keeps at least the {@code minPairs} newest; raises the lower bound to match.
     */
    public void prune(long upTo, int minPairs) {
        int dropped = Math.min(firstAbove(upTo), size - minPairs);
        if (dropped > 0) {
            raiseLowerBound(versions[dropped - 1]);
        }
    }

    /** Raises the lower bound and drops the pairs up to it. */
    public void raiseLowerBound(long version) {
        if (version > lowerBound) {
            int from = firstAbove(version);
            size -= from;
            System.arraycopy(ids, from, ids, 0, size);
            System.arraycopy(versions, from, versions, 0, size);
            lowerBound = version;
        }
    }

    /**
     * Encodes the window: each version as the difference to the next higher one, each id as the difference to its
     * version.
     */
    public byte[] pack() {
        PackedNumbers.Writer out = new PackedNumbers.Writer();
        pack(out);
        return out.toBytes();
    }

    /** Appends the encoded window. */
    public void pack(PackedNumbers.Writer out) {
        out.put(lowerBound);
        out.put(mark - lowerBound);
        out.put(size);
        long last = mark;
        for (int i = size - 1; i >= 0; i--) {
            out.put(last - versions[i]);
            out.put(versions[i] - ids[i]);
            last = versions[i];
        }
    }

    /** Replaces the contents with an encoded window. */
    public void unpack(byte[] packed) {
        unpack(new PackedNumbers.Reader(packed));
    }

    /** Replaces the contents with an encoded window, read from the reader. */
    public void unpack(PackedNumbers.Reader in) {
        lowerBound = in.next();
        mark = lowerBound + in.next();
        size = (int) in.next();
        ids = new long[Math.max(MIN_PAIRS, size)];
        versions = new long[ids.length];
        long last = mark;
        for (int i = size - 1; i >= 0; i--) {
            versions[i] = last - in.next();
            ids[i] = versions[i] - in.next();
            last = versions[i];
        }
    }

    /** Searches from the newest pair down, as most searches are for recent states. */
    private int indexOf(long id) {
        for (int i = size - 1; i >= 0; i--) {
            if (ids[i] == id) {
                return i;
            }
        }
        return -1;
    }

    private int firstAbove(long version) {
        int from = 0;
        int to = size;
        while (from < to) {
            int middle = (from + to) >>> 1;
            if (versions[middle] > version) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return from;
    }

    private void insert(long id, long version) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, size * 2);
            versions = Arrays.copyOf(versions, size * 2);
        }
        int at = firstAbove(version);
        while (at > 0 && versions[at - 1] == version && ids[at - 1] > id) {
            at--;
        }
        System.arraycopy(ids, at, ids, at + 1, size - at);
        System.arraycopy(versions, at, versions, at + 1, size - at);
        ids[at] = id;
        versions[at] = version;
        size++;
    }

    private void remove(int at) {
        size--;
        System.arraycopy(ids, at + 1, ids, at, size - at);
        System.arraycopy(versions, at + 1, versions, at, size - at);
    }
}
