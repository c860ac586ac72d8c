package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The newest states of a thread's last messages, as (id, version) pairs in two arrays: a listing is compared with it to
 * find what changed. Bounded: when full, the oldest message leaves and the lower bound rises above it. Not thread safe.
 */
final class MessageWindow {
    private static final Comparator<ChatMessage> ORDER =
            Comparator.comparingLong(ChatMessage::version).thenComparingLong(ChatMessage::arrivedAt);

    private static final int FIRST_SIZE = 16;

    private final int capacity;
    private final Leaving leaving;
    private long[] ids = new long[FIRST_SIZE];
    private long[] versions = new long[FIRST_SIZE];
    private int size;
    private long lowerBound;
    private long hash;
    private long highestVersion;
    private int highestIdsHash;

    /** Takes the states that the window forgets. */
    interface Leaving {
        void left(long id, long version);
    }

    MessageWindow(int capacity, Leaving leaving) {
        this.capacity = capacity;
        this.leaving = leaving;
    }

    /**
     * What a listing holds that the window has not: messages never seen, and known ones in a higher version; oldest change
     * first. Messages below the lower bound are passed over, and a stale state changes nothing. The window is not changed.
     */
    List<ChatMessage> changes(Collection<ChatMessage> listed) {
        Map<Long, ChatMessage> changed = new HashMap<>();
        for (ChatMessage message : listed) {
            if (message.arrivedAt() >= lowerBound && message.version() > versionOf(message.arrivedAt())) {
                // Pages that overlap may hold a message twice.
                changed.merge(message.arrivedAt(), message, (a, b) -> a.version() >= b.version() ? a : b);
            }
        }
        return changed.values().stream().sorted(ORDER).toList();
    }

    /** Takes a state over; an older one than that known is ignored. */
    void put(ChatMessage message) {
        long id = message.arrivedAt();
        long version = message.version();
        if (id < lowerBound) {
            // More has come at once than the window holds: told, and gone already.
            leaving.left(id, version);
            return;
        }
        int at = Arrays.binarySearch(ids, 0, size, id);
        if (at >= 0) {
            if (versions[at] >= version) {
                return;
            }
            hash -= Hashes.state(id, versions[at]);
            versions[at] = version;
        } else {
            insert(-at - 1, id, version);
        }
        hash += Hashes.state(id, version);
        raise(id, version);
        if (size > capacity) {
            dropOldest(size - capacity);
            lowerBound = ids[0];
        }
    }

    /** Forgets everything; from now on messages of that id (epoch milliseconds) and later count. */
    void reset(long bound) {
        dropOldest(size);
        lowerBound = bound;
    }

    /** Forgets messages before that id: nothing is known of them any more. */
    void forgetBelow(long bound) {
        if (bound > lowerBound) {
            int at = Arrays.binarySearch(ids, 0, size, bound);
            dropOldest(at >= 0 ? at : -at - 1);
            lowerBound = bound;
        }
    }

    /** Whether another window lacks a state that is here, as far back as both reach. */
    boolean newsFor(MessageWindow other) {
        for (int i = 0; i < size; i++) {
            if (ids[i] >= other.lowerBound && versions[i] > other.versionOf(ids[i])) {
                return true;
            }
        }
        return false;
    }

    /** Version of a message; -1 when the window has not got it. */
    long versionOf(long id) {
        int at = Arrays.binarySearch(ids, 0, size, id);
        return at >= 0 ? versions[at] : -1;
    }

    /** How many messages of that id (epoch milliseconds) and later are here. */
    int countFrom(long id) {
        int at = Arrays.binarySearch(ids, 0, size, id);
        return size - (at >= 0 ? at : -at - 1);
    }

    /** Newest id; the lower bound while the window is empty. */
    long newestId() {
        return size == 0 ? lowerBound : ids[size - 1];
    }

    /** Oldest message (epoch milliseconds) that is compared. */
    long lowerBound() {
        return lowerBound;
    }

    int size() {
        return size;
    }

    long hash() {
        return hash;
    }

    /** Highest version ever seen here; 0 before the first message. */
    long highestVersion() {
        return highestVersion;
    }

    /** Hash of the ids that have it. */
    int highestIdsHash() {
        return highestIdsHash;
    }

    /** The window in little space: ids as differences, versions as the time since their id. */
    byte[] pack() {
        PackedNumbers.Writer out = new PackedNumbers.Writer();
        out.put(lowerBound);
        out.put(highestVersion - lowerBound);
        out.put(highestIdsHash);
        out.put(size);
        long last = lowerBound;
        for (int i = 0; i < size; i++) {
            out.put(ids[i] - last);
            out.put(versions[i] - ids[i]);
            last = ids[i];
        }
        return out.done();
    }

    /** Takes the place of all that is known here. */
    void unpack(byte[] packed) {
        PackedNumbers.Reader in = new PackedNumbers.Reader(packed);
        lowerBound = in.next();
        highestVersion = lowerBound + in.next();
        highestIdsHash = (int) in.next();
        size = (int) in.next();
        ids = new long[Math.max(FIRST_SIZE, size)];
        versions = new long[ids.length];
        hash = 0;
        long last = lowerBound;
        for (int i = 0; i < size; i++) {
            ids[i] = last + in.next();
            versions[i] = ids[i] + in.next();
            hash += Hashes.state(ids[i], versions[i]);
            last = ids[i];
        }
    }

    private void insert(int at, long id, long version) {
        if (size == ids.length) {
            int grown = Math.min(capacity + 1, size * 2);
            ids = Arrays.copyOf(ids, grown);
            versions = Arrays.copyOf(versions, grown);
        }
        System.arraycopy(ids, at, ids, at + 1, size - at);
        System.arraycopy(versions, at, versions, at + 1, size - at);
        ids[at] = id;
        versions[at] = version;
        size++;
    }

    private void raise(long id, long version) {
        if (version > highestVersion) {
            highestVersion = version;
            highestIdsHash = Hashes.id(id);
        } else if (version == highestVersion) {
            highestIdsHash += Hashes.id(id);
        }
    }

    private void dropOldest(int count) {
        for (int i = 0; i < count; i++) {
            hash -= Hashes.state(ids[i], versions[i]);
            leaving.left(ids[i], versions[i]);
        }
        System.arraycopy(ids, count, ids, 0, size - count);
        System.arraycopy(versions, count, versions, 0, size - count);
        size -= count;
    }
}
