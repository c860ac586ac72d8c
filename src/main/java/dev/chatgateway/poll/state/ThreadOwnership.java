package dev.chatgateway.poll.state;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate.Notice;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which node polls a thread: this one or, in a cluster, another that tells it what it finds. What is here is a single
 * node, which polls all it watches. Poller's context.
 */
public interface ThreadOwnership {
    /** No cluster. */
    ThreadOwnership ALONE = new ThreadOwnership() {};

    /** Whether another node reads the thread, so that here only what somebody waits for is read. */
    default boolean follows(String threadId) {
        return false;
    }

    /** The node that reads the thread, heard or not, if it is another. */
    default Optional<String> readBy(String threadId) {
        return Optional.empty();
    }

    /** A poll has ended and its result was published to the subscribers of this node. */
    default void polled(ThreadState state, PollResult result, List<Notice> notices) {}

    /** All that follows from a round is done, and who waited for it is answered. */
    default void settled(String threadId) {}

    /** Between rounds, subscribers were told how current they are. */
    default void fresh(ThreadState state, Notice.FreshnessChanged notice) {}

    /** Somebody has come to look at a thread. */
    default void arrived(ThreadState state) {}

    /** Somebody is subscribed to a thread from now on. */
    default void subscribed(ThreadState state) {}

    /** What subscribers on other nodes want of a thread that this one reads. */
    default Set<EventGroup> wantedElsewhere(String threadId) {
        return Set.of();
    }

    /** Hands a poke to the node that reads the thread; false: this one does. */
    default boolean poked(Poke poke, boolean pushed) {
        return false;
    }

    /** Hands typing to the node that reads the thread; false: this one does. */
    default boolean typing(TypingIndicator typing, boolean throttled) {
        return false;
    }

    /** The subscribers here have been shown who is writing. */
    default void typed(TypingIndicator typing) {}

    /** The subscribers here have been shown messages that the service does not know. */
    default void ingested(String threadId, List<String> contents) {}

    /** Nobody here watches the thread any more. */
    default void ended(String threadId) {}

    /**
     * Gives threads to others that follow them.
     *
     * @param all whether also those that nobody follows go: nobody here needs them any more
     */
    default Future<Void> leave(boolean all) {
        return Future.succeededFuture();
    }
}
