package dev.chatgateway.event;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one reading of a user's list of threads has shown. Always sent from the poller's own context, so a hub sees the
 * updates of a user in order.
 *
 * @param userId whose list it is
 * @param revision rises with each update of this process
 * @param moves oldest movement first
 */
public record InboxUpdate(String userId, long revision, List<Move> moves) {
    public InboxUpdate {
        moves = List.copyOf(moves);
    }

    /** What became of a thread. */
    public enum Kind {
        /** It has a new last message, or may have one. */
        MOVED,
        /** The user has become a member. */
        CREATED,
        /** It was deleted. */
        DELETED,
        /** The user is a member no more. */
        REMOVED
    }

    /**
     * One thread.
     *
     * @param position where the list stands after the movement
     * @param created with {@link Kind#CREATED}, where it could be read
     */
    public record Move(String threadId, Kind kind, InboxPosition position, ChatEvent.@Nullable ThreadCreated created) {}
}
