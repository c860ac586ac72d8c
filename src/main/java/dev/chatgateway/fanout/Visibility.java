package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadSnapshot.Part;
import java.util.Set;

/**
 * Which events a subscription gets. Subscriptions with equal visibility form an {@link Audience}.
 *
 * @param groups the event groups that the client asked for
 * @param include the parts of the thread's state that the client asks for
 * @param from messages with this id (epoch milliseconds) or a higher one are visible
 * @param undecidedFrom for messages with an id from here up to {@code from}, a listing with the user's own token decides
 */
record Visibility(Set<EventGroup> groups, Set<Part> include, long from, long undecidedFrom) {
    private static final long SECOND = 1000;

    Visibility {
        groups = Set.copyOf(groups);
        include = Set.copyOf(include);
    }

    /**
     * The visibility of a member. The service rounds some history times down to the second: the true time then lies
     * anywhere within that second, which is therefore left undecided.
     */
    static Visibility of(Set<EventGroup> groups, Set<Part> include, Participant member) {
        long begin = member.shareHistoryTime().toEpochMilli();
        boolean wholeSecond = begin > 0 && begin % SECOND == 0;
        return new Visibility(groups, include, wholeSecond ? begin + SECOND : begin, begin);
    }

    /** Whether a subscription with the other visibility gets the same messages. */
    boolean showsSameMessages(Visibility other) {
        return groups.equals(other.groups) && from == other.from && undecidedFrom == other.undecidedFrom;
    }

    /** Whether the whole audience gets an event. */
    boolean shows(EncodedEvent event) {
        if (!groups.contains(event.source().group())) {
            return false;
        }
        if (event.type() == ChatEvent.Type.TYPING_STOPPED && !include.contains(Part.TYPING)) {
            return false;
        }
        long version = event.source().historyVersion();
        return event.message()
                .map(m -> m.arrivedAt() >= from)
                .orElseGet(() -> version == 0 || version >= undecidedFrom);
    }

    /** Whether only a listing with the user's own token decides if a subscription gets an event. */
    boolean undecided(EncodedEvent event) {
        return undecidedFrom < from
                && groups.contains(event.source().group())
                && event.message().map(this::undecided).orElse(false);
    }

    private boolean undecided(ChatMessage message) {
        return message.arrivedAt() >= undecidedFrom && message.arrivedAt() < from;
    }
}
