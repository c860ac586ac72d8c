package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import java.util.Set;

/**
 * What a group of subscribers may and wants to see; equal ones form an audience.
 *
 * @param groups wanted events
 * @param from messages of that id (epoch milliseconds) and later are seen
 * @param doubtFrom messages from here to {@code from} are seen by some: their own listing decides
 */
record Visibility(Set<EventGroup> groups, long from, long doubtFrom) {
    private static final long SECOND = 1000;

    Visibility {
        groups = Set.copyOf(groups);
    }

    /** A whole-second floor is read as the end of that second, as the true moment lies somewhere in it. */
    static Visibility of(Set<EventGroup> groups, Participant member) {
        long floor = member.shareHistoryTime().toEpochMilli();
        boolean whole = floor > 0 && floor % SECOND == 0;
        return new Visibility(groups, whole ? floor + SECOND : floor, floor);
    }

    /** Whether an event goes to everybody of the audience. */
    boolean shows(EncodedEvent text) {
        if (!groups.contains(text.event().group())) {
            return false;
        }
        return text.message()
                .map(m -> m.arrivedAt() >= from)
                .orElseGet(
                        () -> text.event().historyVersion() == 0 || text.event().historyVersion() >= doubtFrom);
    }

    /** Whether an event is of the second in which each one's own listing decides. */
    boolean doubts(EncodedEvent text) {
        return doubtFrom < from
                && groups.contains(text.event().group())
                && text.message().map(this::doubts).orElse(false);
    }

    private boolean doubts(ChatMessage message) {
        return message.arrivedAt() >= doubtFrom && message.arrivedAt() < from;
    }
}
