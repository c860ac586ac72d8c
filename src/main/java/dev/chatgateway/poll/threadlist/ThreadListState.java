package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.InboxPosition;
import dev.chatgateway.poll.diff.Hashes;
import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.state.ThreadTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a user's list of threads said last, and what a new reading changes in it. The list is a hint: an unchanged time does
 * not prove that nothing came. The service's times are compared with each other only; this node's clock measures nothing
 * but how long ago a reading was. Not thread safe.
 */
final class ThreadListState {
    /**
     * An unchanged time may hide another message for so long: times are whole seconds, and entries were recorded up to 5 s
     * out of order.
     */
    static final long OVERLAP_MS = 6_000;

    private final ThreadTable<Seen> known = new ThreadTable<>(seen -> seen.threadId);
    private int readings;
    private long lastStartedAt;
    private long time;
    private long idsHash;

    private static final class Seen {
        private String threadId;

        /** When a reading last showed something new of the thread: a listing begun later has it. */
        private long since;

        /** The service's time of the last message; 0 when the list does not say: the thread has just been made. */
        private long movedAt;

        /** When the reading began that was the first to show that time. */
        private long shownAt;

        /** Whether the first reading showed that time already. */
        private boolean fromStart;

        private int reading;

        Seen(String threadId, long since) {
            this.threadId = threadId;
            this.since = since;
        }
    }

    /**
     * What a reading brought, each list oldest first.
     *
     * @param moved threads with a new last message, or maybe one; with the highest time of the list where an entry has none
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
        long before = time;
        for (Item item : reading.items()) {
            time = item.deleted() ? time : Math.max(time, item.movedAt());
        }
        for (Item item : reading.items()) {
            take(item, new Moment(before, startedAt, now), changes);
        }
        if (reading.whole()) {
            missing(changes);
        }
        changes.moved.sort(Comparator.comparingLong(Item::movedAt));
        changes.created.sort(Comparator.comparingLong(Item::movedAt));
        lastStartedAt = startedAt;
        return changes;
    }

    /**
     * @param before highest of the service's times in the readings before
     * @param startedAt when this reading began
     * @param now when it ended
     */
    private record Moment(long before, long startedAt, long now) {}

    private void take(Item item, Moment moment, Changes changes) {
        @Nullable Seen seen = known.get(item.threadId());
        if (item.deleted()) {
            if (seen != null) {
                forget(item.threadId());
                changes.gone.add(item);
                changes.stirred.add(item.threadId());
            }
            return;
        }
        boolean changed = seen == null || item.movedAt() != seen.movedAt;
        if (seen == null) {
            seen = new Seen(item.threadId(), moment.now);
            known.put(seen);
            idsHash += Hashes.text(item.threadId());
            if (readings > 1) {
                changes.created.add(timed(item));
            }
        } else if (item.movedAt() < 0) {
            // The list says a time that can't be read: anything may have come.
            seen.since = moment.now;
            changes.stirred.add(item.threadId());
        } else if (changed || mayHide(seen, moment.before)) {
            changes.moved.add(timed(item));
            if (changed || !seen.fromStart) {
                seen.since = moment.now;
                changes.stirred.add(item.threadId());
            }
        }
        if (changed) {
            seen.movedAt = item.movedAt();
            seen.shownAt = moment.startedAt;
            seen.fromStart = readings == 1;
        }
        seen.reading = readings;
    }

    /**
     * Whether another message may have come within the same second, or may be listed late: as long as the list shows nothing
     * that is clearly newer, and no reading has begun long enough after the time was first shown. A time that the first
     * reading showed stirs nobody: threads come to the list when they have been silent for longer than that by readings of
     * their own, and are covered only once they have been read by themselves again.
     */
    private boolean mayHide(Seen seen, long before) {
        boolean recent = seen.movedAt == 0 || seen.movedAt >= before - OVERLAP_MS;
        return recent && lastStartedAt < seen.shownAt + OVERLAP_MS;
    }

    private Item timed(Item item) {
        return item.movedAt() > 0 ? item : new Item(item.threadId(), time, item.deleted());
    }

    private void missing(Changes changes) {
        for (Seen seen : known.values()) {
            int missed = readings - seen.reading;
            if (missed > 0) {
                changes.stirred.add(seen.threadId);
            }
            if (missed > 1) {
                changes.gone.add(new Item(seen.threadId, Math.max(0, seen.movedAt), false));
                forget(seen.threadId);
            }
        }
    }

    private void forget(String threadId) {
        known.remove(threadId);
        idsHash -= Hashes.text(threadId);
    }

    /**
     * Whether a message that came after that moment shows, or will show, as a movement. The first message of a thread
     * without a time shows as its time. From then on the list keeps the id in the instance given, which is kept anyway, and
     * no copy.
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
                .map(seen -> new InboxState.Entry(seen.threadId, seen.movedAt > 0 ? seen.movedAt : time))
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
