package dev.chatgateway.event;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The participants of a thread at one moment. Immutable, so that one object serves all loops.
 *
 * @param members raw id to participant
 * @param readAt when the call that brought it was answered
 */
public record Roster(Map<String, Participant> members, Instant readAt) {
    /** Above this number the service keeps neither receipts nor typing (reference 3.2). */
    public static final int SMALL_THREAD = 20;

    public Roster {
        members = Map.copyOf(members);
    }

    /** The user's entry; empty when it is not a member. */
    public Optional<Participant> member(String userId) {
        return Optional.ofNullable(members.get(userId));
    }

    /** Whether the service keeps receipts and typing for the thread. */
    public boolean small() {
        return members.size() <= SMALL_THREAD;
    }
}
