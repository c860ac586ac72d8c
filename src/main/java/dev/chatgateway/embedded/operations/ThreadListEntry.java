package dev.chatgateway.embedded.operations;

import java.util.Comparator;

/**
 * An entry of a user's thread list.
 *
 * @param activity the time that orders the list, in epoch milliseconds
 * @param dated whether the list contains lastMessageOn
 * @param deletedOn 0: not deleted
 */
record ThreadListEntry(String id, String topic, long activity, long lastMessageOn, boolean dated, long deletedOn) {
    /** Latest activity first; ties by id, so that a page token has a definite position. */
    static final Comparator<ThreadListEntry> NEWEST_FIRST =
            Comparator.comparingLong(ThreadListEntry::activity).reversed().thenComparing(ThreadListEntry::id);
}
