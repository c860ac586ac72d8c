package dev.chatgateway.event;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The participants of a thread at one moment. Immutable, so that all event loops share one object.
 *
 * @param members raw id to participant
 * @param readAt when the service answered the list-participants call
 */
public record Roster(Map<String, Participant> members, Instant readAt) {
    /** In a thread with more participants the service keeps neither receipts nor typing notifications. */
    public static final int SMALL_THREAD = 20;

    public Roster {
        members = Map.copyOf(members);
    }

    /** The participant with that raw id; empty when the user is not a member. */
    public Optional<Participant> member(String userId) {
        return Optional.ofNullable(members.get(userId));
    }

    /** Whether the service keeps receipts and typing notifications for the thread. */
    public boolean small() {
        return members.size() <= SMALL_THREAD;
    }
}
