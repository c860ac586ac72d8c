package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.InboxFeed.InboxPosition;
import dev.chatgateway.event.InboxFeed.InboxState;
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
 * The last state of a user's thread list, and the comparison of a new listing with it. The list is a hint only: its
 * times are whole seconds, so an unchanged time does not prove that no message was sent. The service's times are
 * compared only with each other, and this node's times only with each other, as the clocks differ. Not thread safe.
 */
final class ThreadListState {
    /**
     * For this long an unchanged time may hide another message: times are whole seconds, and lists have been recorded
     * whose entries were up to 5 s out of order.
     */
    static final long OVERLAP_MS = 6_000;

    private final ThreadTable<Entry> entries = new ThreadTable<>(entry -> entry.threadId);
    private int listings;
    private long lastStartedAt;
    private long newestMessageAt;
    private long idsHash;

    /** A thread of the list. Times of the service: {@code lastMessageAt}; times of this node: the others. */
    private static final class Entry {
        private String threadId;
        /**
         * When the last listing ended that showed a change: a poll of the thread that began later includes the change.
         */
        private long changeSeenAt;
        /** As in {@link Item#lastMessageAt}. */
        private long lastMessageAt;
        /** When the listing began that was the first to show {@code lastMessageAt}. */
        private long timeFirstSeenAt;
        /** Whether that was the first of all listings. */
        private boolean timeFromFirstListing;
        /** Number of the last listing that had the thread. */
        private int lastListing;

        Entry(String threadId, long changeSeenAt) {
            this.threadId = threadId;
            this.changeSeenAt = changeSeenAt;
        }
    }

    /**
     * The changes in a listing, each list in ascending order of the last message's time.
     *
     * @param updated threads that have, or may have, a new last message. An entry without a time has the highest time
     *     of the list
     * @param added threads that were not in the list before; empty at the first listing
     * @param removed threads that are deleted, or missing for the second time in a row. A thread that moves between
     *     pages while they are listed can be missing once
     * @param toPoll ids of all threads that must be polled
     */
    record Changes(List<Item> updated, List<Item> added, List<Item> removed, Set<String> toPoll) {}

    /**
     * Applies a listing.
     *
     * @param startedAt when the listing began
     * @param now when it ended
     */
    Changes apply(ListReader.Result listing, long startedAt, long now) {
        Changes changes = new Changes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new HashSet<>());
        listings++;
        long newestBefore = newestMessageAt;
        for (Item item : listing.items()) {
            newestMessageAt = item.deleted() ? newestMessageAt : Math.max(newestMessageAt, item.lastMessageAt());
        }
        Times times = new Times(newestBefore, startedAt, now);
        for (Item item : listing.items()) {
            if (item.deleted()) {
                applyDeleted(item, changes);
            } else {
                apply(item, times, changes);
            }
        }
        if (listing.complete()) {
            removeMissing(changes);
        }
        changes.updated.sort(Comparator.comparingLong(Item::lastMessageAt));
        changes.added.sort(Comparator.comparingLong(Item::lastMessageAt));
        lastStartedAt = startedAt;
        return changes;
    }

    /**
     * @param newestBefore highest of the service's times before this listing
     * @param startedAt when this listing began
     * @param now when it ended
     */
    private record Times(long newestBefore, long startedAt, long now) {}

    private void applyDeleted(Item item, Changes changes) {
        if (entries.contains(item.threadId())) {
            forget(item.threadId());
            changes.removed.add(item);
            changes.toPoll.add(item.threadId());
        }
    }

    private void apply(Item item, Times times, Changes changes) {
        @Nullable Entry entry = entries.get(item.threadId());
        boolean timeChanged = entry == null || item.lastMessageAt() != entry.lastMessageAt;
        if (entry == null) {
            entry = new Entry(item.threadId(), times.now);
            entries.put(entry);
            idsHash += Hashes.text(item.threadId());
            if (listings > 1) {
                changes.added.add(withTime(item));
            }
        } else if (item.lastMessageAt() < 0) {
            // Without a readable time any listing may hide a new message.
            entry.changeSeenAt = times.now;
            changes.toPoll.add(item.threadId());
        } else if (timeChanged || mayHideMessage(entry, times.newestBefore)) {
            changes.updated.add(withTime(item));
            // Threads are added to the list when they have been idle for longer than the overlap, and are covered only
            // after a poll of their own. So the overlap after the first listing need not poll them.
            if (timeChanged || !entry.timeFromFirstListing) {
                entry.changeSeenAt = times.now;
                changes.toPoll.add(item.threadId());
            }
        }
        if (timeChanged) {
            entry.lastMessageAt = item.lastMessageAt();
            entry.timeFirstSeenAt = times.startedAt;
            entry.timeFromFirstListing = listings == 1;
        }
        entry.lastListing = listings;
    }

    /**
     * Whether a message may have been sent in the same second as the known last one, or may be listed late. This is so
     * until the list shows a clearly newer message in any thread, or a listing began long enough after the first one
     * with the time.
     */
    private boolean mayHideMessage(Entry entry, long newestBefore) {
        boolean recent = entry.lastMessageAt == 0 || entry.lastMessageAt >= newestBefore - OVERLAP_MS;
        return recent && lastStartedAt < entry.timeFirstSeenAt + OVERLAP_MS;
    }

    private Item withTime(Item item) {
        return item.lastMessageAt() > 0 ? item : new Item(item.threadId(), newestMessageAt, item.deleted());
    }

    private void removeMissing(Changes changes) {
        for (Entry entry : entries.values()) {
            int missed = listings - entry.lastListing;
            if (missed > 0) {
                changes.toPoll.add(entry.threadId);
            }
            if (missed > 1) {
                changes.removed.add(new Item(entry.threadId, Math.max(0, entry.lastMessageAt), false));
                forget(entry.threadId);
            }
        }
    }

    private void forget(String threadId) {
        entries.remove(threadId);
        idsHash -= Hashes.text(threadId);
    }

    /**
     * Whether the list has shown, or will show, every message that was sent after that moment. Makes the entry refer to
     * the given string, which the thread keeps anyway, so that the copy from the listing can be freed.
     *
     * @param moment when the last poll of the thread began
     */
    boolean covers(String threadId, long moment) {
        Entry entry = entries.get(threadId);
        if (entry != null) {
            entry.threadId = threadId;
        }
        return entry != null && entry.lastListing == listings && entry.changeSeenAt <= moment;
    }

    /** When the last listing began, if it had the thread; else 0. */
    long listedAt(String threadId) {
        Entry entry = entries.get(threadId);
        return entry != null && entry.lastListing == listings ? lastStartedAt : 0;
    }

    boolean contains(String threadId) {
        return entries.contains(threadId);
    }

    /** Number of listings applied since the last {@link #clear}. */
    int listings() {
        return listings;
    }

    InboxPosition position() {
        return position(newestMessageAt);
    }

    /** The position of a subscriber that has all updates up to that time of the service. */
    InboxPosition position(long upTo) {
        return new InboxPosition(upTo, entries.size(), idsHash);
    }

    List<InboxState.Entry> inboxEntries() {
        return entries.values().stream()
                .map(entry -> new InboxState.Entry(
                        entry.threadId, entry.lastMessageAt > 0 ? entry.lastMessageAt : newestMessageAt))
                .toList();
    }

    void clear() {
        entries.clear();
        listings = 0;
        newestMessageAt = 0;
        idsHash = 0;
        lastStartedAt = 0;
    }
}
