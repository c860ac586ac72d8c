package dev.chatgateway.embedded.operations;

import java.util.Comparator;

/**
 * An entry of a user's list of threads.
 *
 * @param activity what the list is ordered by, in epoch milliseconds
 * @param dated whether the list tells lastMessageOn
 * @param deletedOn 0: not deleted
 */
record ThreadListEntry(String id, String topic, long activity, long lastMessageOn, boolean dated, long deletedOn) {
    /** Latest activity first; ties by id, so that a cursor finds its place. */
    static final Comparator<ThreadListEntry> NEWEST_FIRST =
            Comparator.comparingLong(ThreadListEntry::activity).reversed().thenComparing(ThreadListEntry::id);
}
