package dev.chatgateway.event;

import dev.chatgateway.event.InboxFeed.InboxPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changes that one poll of a user's thread list found. Published from the poller's context only, so that a hub receives
 * the updates of a user in order.
 *
 * @param userId the user whose thread list it is
 * @param revision increases with each update of this process
 * @param moves oldest change first
 */
public record InboxUpdate(String userId, long revision, List<Move> moves) {
    public InboxUpdate {
        moves = List.copyOf(moves);
    }

    /** How a thread has changed. */
    public enum Kind {
        /** The thread has a new last message, or may have one. */
        MOVED,
        /** The user has become a member. */
        CREATED,
        /** The thread was deleted. */
        DELETED,
        /** The user is no longer a member. */
        REMOVED
    }

    /**
     * The change of one thread.
     *
     * @param position of the thread list after the change
     * @param created the event of a {@link Kind#CREATED} change; null if the thread could not be read
     */
    public record Move(String threadId, Kind kind, InboxPosition position, ChatEvent.@Nullable ThreadCreated created) {}
}
