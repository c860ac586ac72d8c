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
 * What is known of a thread's messages: the mark, and the (id, version) pairs of the newest changes. The service lists
 * messages by version, newest change first, so a state above the lower bound that is not among the pairs is news. Not
 * thread safe.
 */
public final class VersionWindow {
    /** Pairs that {@link #prune} leaves at least: a state that appears late is recognised among them. */
    public static final int LEAST = 20;

    private static final Comparator<ChatMessage> BY_VERSION =
            Comparator.comparingLong(ChatMessage::version).thenComparingLong(ChatMessage::arrivedAt);

    /** Both in ascending order of version, then id; an id is there once. */
    private long[] ids = new long[LEAST];

    private long[] versions = new long[LEAST];
    private int size;
    private long lower;
    private long mark;

    /** Forgets everything: states with that version or a lower one are not compared from now on. */
    public void begin(long lowerBound) {
        size = 0;
        lower = lowerBound;
        mark = Math.max(mark, lowerBound);
    }

    /** Every state with this version or a lower one is known, except those that the service shows late. */
    public long mark() {
        return mark;
    }

    /** Raises the mark; it never falls. */
    public void raiseMark(long version) {
        mark = Math.max(mark, version);
    }

    /** States with this version or a lower one are not compared. */
    public long lowerBound() {
        return lower;
    }

    public int size() {
        return size;
    }

    /**
     * The states of a listing that are news, lowest version first: those above the lower bound that are not known. The
     * window is not changed.
     */
    public List<ChatMessage> news(Collection<ChatMessage> listed) {
        return newest(
                listed, message -> message.version() > lower && message.version() > versionOf(message.arrivedAt()));
    }

    /**
     * The same for a service whose listings are not in the order of versions: known messages in a higher version, and
     * messages that came after all known ones or changed after the mark.
     */
    public List<ChatMessage> newsInAnyOrder(Collection<ChatMessage> listed) {
        long newest = newestId();
        return newest(listed, message -> {
            long known = versionOf(message.arrivedAt());
            return known >= 0 ? message.version() > known : message.arrivedAt() > newest || message.version() > mark;
        });
    }

    private static List<ChatMessage> newest(Collection<ChatMessage> listed, Predicate<ChatMessage> isNews) {
        Map<Long, ChatMessage> news = new HashMap<>();
        for (ChatMessage message : listed) {
            if (isNews.test(message)) {
                // A message that changes between two pages may be listed twice.
                news.merge(message.arrivedAt(), message, (a, b) -> a.version() >= b.version() ? a : b);
            }
        }
        return news.values().stream().sorted(BY_VERSION).toList();
    }

    /** Adds a state; one that is older than the known state of its message is ignored. */
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

    /** Known version of a message; -1 when the message is not among the pairs. */
    public long versionOf(long id) {
        int at = indexOf(id);
        return at < 0 ? -1 : versions[at];
    }

    /** Number of pairs above a version. */
    public int countAbove(long version) {
        return size - firstAbove(version);
    }

    /** The given version, or a higher one with so many pairs above it if there are more. */
    public long atMostAbove(long version, int most) {
        return countAbove(version) > most ? versions[size - most - 1] : version;
    }

    /** The states above a version, as a position carries them. */
    public RecentStates above(long version) {
        return between(version, Long.MAX_VALUE);
    }

    /** The states above a version up to another one. */
    public RecentStates between(long version, long to) {
        RecentStates.Builder states = new RecentStates.Builder();
        for (int i = firstAbove(version); i < size && versions[i] <= to; i++) {
            states.add(ids[i], versions[i]);
        }
        return states.build();
    }

    /** The states that a position at the mark carries: those from an overlap below it, or from the lower bound. */
    public RecentStates recent(long overlapMs) {
        long low = mark - overlapMs;
        return lower > low ? above(lower).within(mark - lower) : above(low);
    }

    /** What a listing with the window's states may hold that is no news. */
    public PublishedStates published() {
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < size; i++) {
            hashes.add(RecentStates.hash(ids[i], versions[i]));
        }
        return new PublishedStates(lower, hashes);
    }

    /** Calls back for each pair above a version, lowest version first, until the callback says false. */
    public boolean allAbove(long version, StatePredicate each) {
        for (int i = firstAbove(version); i < size; i++) {
            if (!each.test(ids[i], versions[i])) {
                return false;
            }
        }
        return true;
    }

    /** A test of one state. */
    public interface StatePredicate {
        boolean test(long id, long version);
    }

    /** Whether a message with that id or a newer one is known in a version above the given one. */
    public boolean knowsAbove(long version, long fromId) {
        return !allAbove(version, (id, known) -> id < fromId);
    }

    /** Whether another window lacks a state that is here, of a message with that id or a newer one. */
    public boolean hasNewsFor(VersionWindow other, long fromId) {
        return !allAbove(other.lower, (id, version) -> id < fromId || other.versionOf(id) >= version);
    }

    /** Highest message id among the pairs; 0 when there is none. */
    public long newestId() {
        long newest = 0;
        for (int i = 0; i < size; i++) {
            newest = Math.max(newest, ids[i]);
        }
        return newest;
    }

    /** Lowest message id among the pairs; the largest number when there is none. */
    public long oldestId() {
        long oldest = Long.MAX_VALUE;
        for (int i = 0; i < size; i++) {
            oldest = Math.min(oldest, ids[i]);
        }
        return oldest;
    }

    /** Highest version among the pairs; the mark when there is none. */
    long highestVersion() {
        return size == 0 ? mark : versions[size - 1];
    }

    /** Drops pairs with that version or a lower one; so many of the newest pairs are kept in any case. */
    public void prune(long upTo, int least) {
        int dropped = Math.min(firstAbove(upTo), size - least);
        if (dropped > 0) {
            forgetUpTo(versions[dropped - 1]);
        }
    }

    /** States with that version or a lower one are not compared any more. */
    public void forgetUpTo(long version) {
        if (version > lower) {
            int from = firstAbove(version);
            size -= from;
            System.arraycopy(ids, from, ids, 0, size);
            System.arraycopy(versions, from, versions, 0, size);
            lower = version;
        }
    }

    /** The window in few bytes: versions as differences, ids as the time from the id to the version. */
    public byte[] pack() {
        PackedNumbers.Writer out = new PackedNumbers.Writer();
        pack(out);
        return out.done();
    }

    /** Packs the window among other numbers. */
    public void pack(PackedNumbers.Writer out) {
        out.put(lower);
        out.put(mark - lower);
        out.put(size);
        long last = mark;
        for (int i = size - 1; i >= 0; i--) {
            out.put(last - versions[i]);
            out.put(versions[i] - ids[i]);
            last = versions[i];
        }
    }

    /** Replaces everything that is known here. */
    public void unpack(byte[] packed) {
        unpack(new PackedNumbers.Reader(packed));
    }

    /** The same, from among other numbers. */
    public void unpack(PackedNumbers.Reader in) {
        lower = in.next();
        mark = lower + in.next();
        size = (int) in.next();
        ids = new long[Math.max(LEAST, size)];
        versions = new long[ids.length];
        long last = mark;
        for (int i = size - 1; i >= 0; i--) {
            versions[i] = last - in.next();
            ids[i] = versions[i] - in.next();
            last = versions[i];
        }
    }

    /** From the newest pair down: states that are looked for are mostly recent. */
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
