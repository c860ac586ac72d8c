package dev.chatgateway.poll.state;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What the poller asks of the cluster and reports to it. Of the nodes that watch a thread one is the leader: it polls the
 * thread and replicates what it finds to the others, its followers. The default methods are those of a single node, which
 * polls every thread that it watches. Runs on the poller's context.
 */
public interface Replication {
    /** No cluster. */
    Replication NONE = new Replication() {};

    /** Makes the replication of a node once the poller's context is known. */
    @FunctionalInterface
    interface Factory {
        /** @param context runs tasks on the poller's context; any thread may use it */
        Replication create(Scheduler scheduler, GatewayMetrics metrics, Executor context);
    }

    /** Begins to listen to other nodes. Called once, before any thread is watched. */
    default Future<Void> start(LocalThreads threads) {
        return Future.succeededFuture();
    }

    /** From now on the leases of this node are left to expire. Call it before the threads are stopped. */
    default void keepLeases() {}

    /** Ends listening. */
    default Future<Void> stop() {
        return Future.succeededFuture();
    }

    /** Whether a leader serves this node, so that this node polls the thread only to catch up. */
    default boolean isFollower(String threadId) {
        return false;
    }

    /** The leader, if it is another node; it may be silent at present. */
    default Optional<String> leader(String threadId) {
        return Optional.empty();
    }

    /** The event groups that subscribers on followers want of a thread that this node leads. */
    default Set<EventGroup> groupsOfFollowers(String threadId) {
        return Set.of();
    }

    /** Forwards a refresh hint to the leader. False: this node is to act on it. */
    default boolean forwardRefreshHint(Poke hint, boolean pushed) {
        return false;
    }

    /** Forwards a typing notification to the leader. False: this node is to act on it. */
    default boolean forwardTyping(TypingIndicator typing, boolean throttled) {
        return false;
    }

    /** A subscriber asks to be subscribed: the leader polls faster for a while. */
    default void onSubscriberArrived(String threadId) {}

    /** The subscribers have changed, and with them perhaps the groups and the history that are needed. */
    default void onSubscribersChanged(String threadId) {}

    /**
     * A poll has ended and its result was published to the hubs of this node.
     *
     * @param canPoll whether a subscriber's token may be used now, so that this node can be the leader
     * @param update what the poll found; made only if somebody needs it
     */
    default void onPolled(String threadId, boolean canPoll, Supplier<ReplicaUpdate> update) {}

    /** All that follows from a poll is done: updates of a leader that came meanwhile can be applied. */
    default void onPollFinished(String threadId) {}

    /** Subscribers were told between two polls how current their events are. */
    default void onFreshnessChanged(ReplicaUpdate update) {}

    /** Subscribers of this node were shown a typing notification. */
    default void onTyping(TypingIndicator typing) {}

    /** Subscribers of this node were shown messages that the service does not know. */
    default void onIngested(String threadId, List<String> contents) {}

    /** Nobody on this node watches the thread any more. */
    default void onEnded(String threadId) {}

    /**
     * Hands threads over to their followers.
     *
     * @param all whether threads without followers are released as well: this node polls nothing any more
     */
    default Future<Void> handOver(boolean all) {
        return Future.succeededFuture();
    }
}
