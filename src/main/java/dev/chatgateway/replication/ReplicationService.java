package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.LocalThreads;
import dev.chatgateway.poll.state.ReplicaUpdate;
import dev.chatgateway.poll.state.ReplicatedThread;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.SubscriberNeeds;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads of this node in a cluster. Every node with a token that can list a thread tries to take the thread's lease.
 * The node that gets it is the leader: it polls, and sends what it finds to its followers. A node checks the leases of its
 * threads every ten seconds; when a node leaves the cluster, its followers try to take its leases. While a leader is
 * silent, its followers poll for themselves. Poller's context.
 */
public final class ReplicationService implements Replication {
    /** A write whose refresh hint was forwarded to the leader must be known here after this time, or this node polls. */
    private static final long HINT_MS = 2_500;

    private final NodeBus bus;
    private final Scheduler scheduler;
    private final GatewayMetrics metrics;
    private final Function<ReplicationService, NodeBus.Listener> listener;
    private final Roles roles;
    private final StateRequests stateRequests;
    private final ThreadLeases leases;
    private final LeaderCache leaders;
    private final DeferredUpdates deferred = new DeferredUpdates();
    private @Nullable LocalThreads threads;
    private boolean keepsLeases;

    /** @param listener makes what handles the messages of other nodes, at the start */
    public ReplicationService(
            ClusterContext cluster,
            Scheduler scheduler,
            GatewayMetrics metrics,
            Function<ReplicationService, NodeBus.Listener> listener) {
        this.scheduler = scheduler;
        this.metrics = metrics;
        this.listener = listener;
        bus = cluster.cluster().bus();
        roles = new Roles(cluster.shares(), () -> bus.others().size() + 1);
        stateRequests = new StateRequests(roles, bus, scheduler, this::needs);
        roles.onFollowingEnded(stateRequests.pending()::remove);
        leases = new ThreadLeases(cluster, roles, stateRequests, metrics, this::threads);
        leaders = new LeaderCache(leases, scheduler);
        metrics.cluster().threads(roles::leading, roles::following, roles::withSilentLeader);
    }

    @Override
    public Future<Void> start(LocalThreads local) {
        threads = local;
        return bus.open(listener.apply(this));
    }

    @Override
    public void keepLeases() {
        keepsLeases = true;
    }

    @Override
    public Future<Void> stop() {
        return bus.close();
    }

    LocalThreads threads() {
        return Objects.requireNonNull(threads, "replication: not started");
    }

    /** What subscribers on this node need of a thread; null when nobody watches it. An idle thread stays idle. */
    @Nullable
    SubscriberNeeds needs(String threadId) {
        return threads().needs(threadId);
    }

    /** The thread, woken if it is idle; null when nobody on this node watches it. */
    @Nullable
    ReplicatedThread active(String threadId) {
        return threads().active(threadId);
    }

    NodeBus bus() {
        return bus;
    }

    ThreadLeases leases() {
        return leases;
    }

    /** The leaders of threads that are not watched on this node. */
    LeaderCache leaders() {
        return leaders;
    }

    StateRequests stateRequests() {
        return stateRequests;
    }

    /** Updates that wait for the end of a poll of this node. */
    DeferredUpdates deferred() {
        return deferred;
    }

    Roles roles() {
        return roles;
    }

    @Override
    public boolean isFollower(String threadId) {
        Role.Follower follower = roles.follower(threadId);
        return follower != null && bus.speaks(follower.lease.node()) && follower.leaderReach <= follower.requestedReach;
    }

    @Override
    public Optional<String> leader(String threadId) {
        return Optional.ofNullable(roles.follower(threadId)).map(follower -> follower.lease.node());
    }

    private Optional<String> heardLeader(String threadId) {
        return leader(threadId).filter(bus::speaks);
    }

    @Override
    public Set<EventGroup> groupsOfFollowers(String threadId) {
        return roles.of(threadId) instanceof Role.Leader leader ? leader.groups() : Set.of();
    }

    @Override
    public void onPolled(String threadId, boolean canPoll, Supplier<ReplicaUpdate> update) {
        Role role = roles.of(threadId);
        if (role == null && !leases.released() && canPoll) {
            leases.acquire(threadId);
        } else if (role instanceof Role.Leader leader && leader.hasFollowers()) {
            replicate(leader, update.get());
        } else if (role instanceof Role.Follower follower && !isFollower(threadId)) {
            metrics.cluster().fallback(bus.speaks(follower.lease.node()) ? "reach" : "silent");
        }
    }

    private void replicate(Role.Leader leader, ReplicaUpdate update) {
        boolean members = !Objects.equals(update.members(), leader.sentMembers);
        boolean listed = members || !update.membersReadAt().equals(leader.sentMembersReadAt);
        boolean properties = !Objects.equals(update.properties(), leader.sentProperties);
        leader.sentMembers = update.members();
        leader.sentMembersReadAt = update.membersReadAt();
        leader.sentProperties = update.properties();
        leader.deleted |= update.deleted() != null;
        if (listed || properties || update.hasNews()) {
            NodeMessage.Update message = ReplicaMessages.update(update, members, properties, scheduler.now());
            leader.followers().forEach(node -> bus.send(node, message));
        }
    }

    @Override
    public void onPollFinished(String threadId) {
        deferred.run(threadId);
    }

    @Override
    public void onFreshnessChanged(ReplicaUpdate update) {
        sendToFollowers(update.threadId(), ReplicaMessages.update(update, false, false, scheduler.now()));
    }

    @Override
    public void onSubscribersChanged(String threadId) {
        Role.Follower follower = roles.follower(threadId);
        if (follower != null) {
            stateRequests.requestIfNeedsChanged(threadId, follower);
        }
    }

    @Override
    public void onSubscriberArrived(String threadId) {
        Role.Follower follower = roles.follower(threadId);
        if (follower != null && bus.speaks(follower.lease.node())) {
            stateRequests.request(threadId, follower, true);
        }
    }

    @Override
    public boolean forwardRefreshHint(Poke hint, boolean pushed) {
        String threadId = hint.threadId();
        return forward(threadId, leader -> {
            bus.send(leader, new NodeMessage.RefreshHint(hint, pushed));
            ReplicatedThread thread = hint.messageId().isEmpty() ? null : active(threadId);
            if (thread != null && !isFollower(threadId)) {
                // The leader does not see all that subscribers here see, so that this node polls too.
                thread.applyRefreshHint(hint);
            } else if (thread != null) {
                long version = thread.requiredVersion(hint);
                scheduler.schedule(HINT_MS, () -> checkWrite(hint, version));
            }
        });
    }

    /** Forwards something to the leader, if that is another node; false: it is this node, or no node. */
    private boolean forward(String threadId, Consumer<String> send) {
        Optional<String> leader = heardLeader(threadId);
        leader.ifPresent(send);
        if (leader.isPresent() || needs(threadId) != null || bus.others().isEmpty()) {
            return leader.isPresent();
        }
        // The write came through this node, and only other nodes watch the thread: its lease names the leader.
        leaders.of(threadId).onSuccess(node -> node.filter(n -> !n.equals(bus.self()) && bus.speaks(n))
                .ifPresent(send));
        return true;
    }

    /** The leader may have stopped together with the hint: then the write is not known here by now, and this node polls. */
    private void checkWrite(Poke hint, long version) {
        ReplicatedThread thread = isFollower(hint.threadId()) ? active(hint.threadId()) : null;
        if (thread != null && !thread.knows(Long.parseLong(hint.messageId()), version)) {
            metrics.cluster().fallback("unseen");
            thread.applyRefreshHint(hint);
        }
    }

    @Override
    public boolean forwardTyping(TypingIndicator typing, boolean throttled) {
        return forward(typing.threadId(), node -> bus.send(node, ReplicaMessages.typing(typing, throttled)));
    }

    @Override
    public void onTyping(TypingIndicator typing) {
        sendToFollowers(typing.threadId(), ReplicaMessages.typing(typing, false));
    }

    @Override
    public void onIngested(String threadId, List<String> contents) {
        sendToFollowers(threadId, new NodeMessage.Ingested(threadId, contents));
    }

    private void sendToFollowers(String threadId, NodeMessage message) {
        if (roles.of(threadId) instanceof Role.Leader leader) {
            leader.followers().forEach(node -> bus.send(node, message));
        }
    }

    @Override
    public void onEnded(String threadId) {
        deferred.forget(threadId);
        Role role = keepsLeases ? null : roles.remove(threadId);
        if (role instanceof Role.Follower follower) {
            bus.send(follower.lease.node(), new NodeMessage.Withdrawal(threadId));
        } else if (role instanceof Role.Leader leader) {
            leases.handOver(threadId, leader);
        }
    }

    @Override
    public Future<Void> handOver(boolean all) {
        return leases.handOverAll(all);
    }
}
