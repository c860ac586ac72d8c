package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.SubscriberNeeds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests of this node for the state of threads that others lead. A request also says what the subscribers on this node
 * need. Poller's context.
 */
final class StateRequests {
    /** Requests that are sent in one go at most. */
    private static final int MOST_AT_ONCE = 2_000;

    private final Roles roles;
    private final Pending pending = new Pending();
    private final NodeBus bus;
    private final Scheduler scheduler;
    private final Function<String, @Nullable SubscriberNeeds> needsOf;

    /** @param needsOf what subscribers on this node need of a thread; null when nobody watches it */
    StateRequests(Roles roles, NodeBus bus, Scheduler scheduler, Function<String, @Nullable SubscriberNeeds> needsOf) {
        this.roles = roles;
        this.bus = bus;
        this.scheduler = scheduler;
        this.needsOf = needsOf;
    }

    /**
     * Threads whose state is to be requested, and those whose leader has not answered. A node may follow a hundred thousand
     * threads of another: requested all at once they would exceed the bound on messages between the two, and those that
     * were lost would have to be requested again.
     */
    static final class Pending {
        private final Set<String> due = new LinkedHashSet<>();
        /** The time of each request, the oldest first. */
        private final Map<String, Long> sent = new LinkedHashMap<>();

        /** A request is to be sent in its turn. */
        void add(String threadId) {
            sent.remove(threadId);
            due.add(threadId);
        }

        /** A request was sent. */
        void sent(String threadId, long now) {
            remove(threadId);
            sent.put(threadId, now);
        }

        /** The leader has answered, or need not answer any more. */
        void remove(String threadId) {
            due.remove(threadId);
            sent.remove(threadId);
        }

        /** Whether an answer is still to come. */
        boolean contains(String threadId) {
            return due.contains(threadId) || sent.containsKey(threadId);
        }

        /** Sends the next requests, so many at most. */
        void sendNext(int most, Consumer<String> request) {
            due.stream().limit(most).toList().forEach(request);
        }

        /** Threads whose request was sent before that time and not answered, the oldest first, so many at most. */
        List<String> unanswered(long sentBefore, int most) {
            List<String> late = new ArrayList<>();
            for (Map.Entry<String, Long> request : sent.entrySet()) {
                if (request.getValue() >= sentBefore || late.size() == most) {
                    break;
                }
                late.add(request.getKey());
            }
            return late;
        }
    }

    Pending pending() {
        return pending;
    }

    /**
     * Requests the state of a thread from its leader.
     *
     * @param arrived whether a subscriber has just come
     */
    void request(String threadId, Role.Follower follower, boolean arrived) {
        SubscriberNeeds needs = needsOf.apply(threadId);
        if (needs == null) {
            pending.remove(threadId);
            return;
        }
        follower.requestedGroups = needs.groups();
        follower.requestedReach = needs.neededReach();
        follower.requestedMs = scheduler.now();
        pending.sent(threadId, follower.requestedMs);
        bus.send(
                follower.lease.node(),
                new NodeMessage.StateRequest(threadId, follower.requestedGroups, arrived, follower.requestedReach));
    }

    /** Requests the state of all threads that such nodes lead, at the rate that the bus bears. */
    void requestAll(Predicate<String> leader) {
        roles.followed(leader).keySet().forEach(pending::add);
        requestNext();
    }

    /** Sends the next of the requests that are due. */
    void requestNext() {
        pending.sendNext(MOST_AT_ONCE, this::request);
    }

    /** Requests the state of a thread, if another node leads it. */
    void request(String threadId) {
        Role.Follower follower = roles.follower(threadId);
        if (follower == null) {
            pending.remove(threadId);
        } else {
            request(threadId, follower, false);
        }
    }

    /** Requests the state if the subscribers on this node need something else than the leader was told. */
    void requestIfNeedsChanged(String threadId, Role.Follower follower) {
        SubscriberNeeds needs = needsOf.apply(threadId);
        if (needs != null
                && (!needs.groups().equals(follower.requestedGroups)
                        || needs.neededReach() != follower.requestedReach)) {
            request(threadId, follower, false);
        }
    }
}
