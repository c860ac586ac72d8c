package dev.chatgateway.poll;

import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.InboxPosition;
import dev.chatgateway.poll.ThreadListing.Item;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a user's list of threads said last, and what a new reading changes in it. Not thread safe. */
final class DigestState {
    /** The service's times may be whole seconds: a time this close to the last reading may hide a second message. */
    static final long COARSE_MS = 2_000;

    private final ThreadTable<Seen> known = new ThreadTable<>(seen -> seen.threadId);
    private int readings;
    private long lastStartedAt;
    private long time;
    private long idsHash;

    private static final class Seen {
        private String threadId;

        /** When a reading last showed something new of the thread: a listing begun later has it. */
        private long since;

        private long movedAt;
        private int reading;

        Seen(String threadId, long since) {
            this.threadId = threadId;
            this.since = since;
        }
    }

    /**
     * What a reading brought, each list oldest first.
     *
     * @param moved threads with a new last message, or maybe one
     * @param created threads that were not in the list before; empty at the first reading
     * @param gone threads that are deleted, or missing for the second time in a row: a thread that moves from page to page
     *     while they are read can be missed once
     * @param stirred all threads that must be read by themselves
     */
    record Changes(List<Item> moved, List<Item> created, List<Item> gone, Set<String> stirred) {}

    /** Takes a reading over. */
    Changes take(ListReader.Reading reading, long startedAt, long now) {
        Changes changes = new Changes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new HashSet<>());
        readings++;
        for (Item item : reading.items()) {
            take(item, now, changes);
        }
        if (reading.whole()) {
            missing(changes);
        }
        changes.moved.sort(Comparator.comparingLong(Item::movedAt));
        changes.created.sort(Comparator.comparingLong(Item::movedAt));
        lastStartedAt = startedAt;
        return changes;
    }

    private void take(Item item, long now, Changes changes) {
        @Nullable Seen seen = known.get(item.threadId());
        if (item.deleted()) {
            if (seen != null) {
                forget(item.threadId());
                changes.gone.add(item);
                changes.stirred.add(item.threadId());
            }
            return;
        }
        time = Math.max(time, item.movedAt());
        if (seen == null) {
            seen = new Seen(item.threadId(), now);
            known.put(seen);
            idsHash += Hashes.text(item.threadId());
            if (readings > 1) {
                changes.created.add(item);
            }
        } else if (item.movedAt() != seen.movedAt || item.movedAt() >= lastStartedAt - COARSE_MS) {
            seen.since = now;
            changes.moved.add(item);
            changes.stirred.add(item.threadId());
        }
        seen.movedAt = item.movedAt();
        seen.reading = readings;
    }

    private void missing(Changes changes) {
        for (Seen seen : known.values()) {
            int missed = readings - seen.reading;
            if (missed > 0) {
                changes.stirred.add(seen.threadId);
            }
            if (missed > 1) {
                changes.gone.add(new Item(seen.threadId, seen.movedAt, false));
                forget(seen.threadId);
            }
        }
    }

    private void forget(String threadId) {
        known.remove(threadId);
        idsHash -= Hashes.text(threadId);
    }

    /**
     * Whether a message that came after that moment shows, or will show, as a movement. From then on the list keeps the
     * id in the instance given, which is kept anyway, and no copy.
     */
    boolean covers(String threadId, long moment) {
        Seen seen = known.get(threadId);
        if (seen != null) {
            seen.threadId = threadId;
        }
        return seen != null && seen.reading == readings && seen.since <= moment;
    }

    boolean knows(String threadId) {
        return known.contains(threadId);
    }

    /** Readings so far; 0 when nothing is known. */
    int readings() {
        return readings;
    }

    InboxPosition position() {
        return position(time);
    }

    /** The position of one that has heard of all movements until that time. */
    InboxPosition position(long until) {
        return new InboxPosition(until, known.size(), idsHash);
    }

    List<InboxState.Entry> entries() {
        return known.values().stream()
                .map(seen -> new InboxState.Entry(seen.threadId, seen.movedAt))
                .toList();
    }

    /** Forgets everything. */
    void clear() {
        known.clear();
        readings = 0;
        time = 0;
        idsHash = 0;
        lastStartedAt = 0;
    }
}
