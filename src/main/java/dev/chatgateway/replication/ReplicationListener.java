package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.ReplicaUpdate;
import dev.chatgateway.poll.state.ReplicatedThread;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Handles the messages of other nodes, and their coming and going. Poller's context. */
public final class ReplicationListener implements NodeBus.Listener {
    /** Leases of a lost node that are acquired at the same time; the others wait for their turn. */
    private static final int AT_ONCE = 200;

    /** States that differ for a moment are no reason to request the leader's more often than this. */
    private static final long DRIFT_MS = 5_000;

    private final ReplicationService service;
    private final Scheduler scheduler;
    private final GatewayMetrics metrics;
    private final LeaseRenewal renewal;
    private final RemotePermits permits;

    public ReplicationListener(
            ReplicationService service, Scheduler scheduler, GatewayMetrics metrics, RemotePermits permits) {
        this.service = service;
        this.scheduler = scheduler;
        this.metrics = metrics;
        this.permits = permits;
        renewal = new LeaseRenewal(service, scheduler);
    }

    @Override
    public void message(String from, NodeMessage message) {
        if (message instanceof NodeMessage.StateRequest request) {
            onStateRequest(from, request);
        } else if (message instanceof NodeMessage.Renewal renewed) {
            renewed.threadIds().forEach(threadId -> onRenewal(from, threadId));
        } else if (message instanceof NodeMessage.Withdrawal withdrawal) {
            onWithdrawal(from, withdrawal.threadId());
        } else if (message instanceof NodeMessage.NotLeader notLeader) {
            onNotLeader(from, notLeader);
        } else if (message instanceof NodeMessage.UnknownFollower unknown) {
            service.stateRequests().request(unknown.threadId());
        } else if (message instanceof NodeMessage.State state) {
            onState(from, state);
        } else if (message instanceof NodeMessage.Update update) {
            onUpdate(from, update);
        } else if (message instanceof NodeMessage.RefreshHint hint) {
            service.threads().applyRefreshHint(hint.poke(), hint.pushed());
        } else if (message instanceof NodeMessage.Typing typing) {
            onTyping(typing);
        } else if (message instanceof NodeMessage.Ingested ingested) {
            onIngested(ingested);
        } else if (message instanceof NodeMessage.PermitRequest request) {
            permits.requested(from, request);
        } else if (message instanceof NodeMessage.PermitReply reply) {
            permits.replied(from, reply);
        } else if (message instanceof NodeMessage.PermitEnd end) {
            permits.ended(from, end);
        }
    }

    private void onStateRequest(String from, NodeMessage.StateRequest request) {
        String threadId = request.threadId();
        ReplicatedThread thread = service.active(threadId);
        if (thread == null || !(service.roles().of(threadId) instanceof Role.Leader leader)) {
            // The thread may have been handed over a moment ago, or the lease has outlived its last subscriber here.
            service.leases().acquire(threadId);
            service.bus().send(from, new NodeMessage.NotLeader(threadId, 1));
            return;
        }
        boolean added = leader.addFollower(from, request.groups(), scheduler.now());
        service.roles().updateShare(threadId);
        if (request.reach() < Math.min(thread.neededReach(), thread.reach())) {
            // That node's subscribers see further back than any token here: it is to poll for both.
            service.leases().handOver(threadId, leader, from).onComplete(done -> service.leases()
                    .acquire(threadId));
            return;
        }
        // Before the first poll there is no state to send. A follower that is not answered asks again.
        thread.replicaState()
                .ifPresent(state -> service.bus().send(from, ReplicaMessages.state(state, scheduler.now())));
        if (added || request.arrived()) {
            thread.followerActive();
        }
        // The event groups may have changed; a thread that was woken for the answer becomes idle again.
        thread.reschedule();
    }

    private void onRenewal(String from, String threadId) {
        Role role = service.roles().of(threadId);
        if (!(role instanceof Role.Leader leader)) {
            service.bus().send(from, new NodeMessage.NotLeader(threadId, 1));
        } else if (!leader.renewFollower(from, scheduler.now())) {
            service.bus().send(from, new NodeMessage.UnknownFollower(threadId));
        }
    }

    private void onWithdrawal(String from, String threadId) {
        if (service.roles().of(threadId) instanceof Role.Leader leader && leader.removeFollower(from)) {
            service.roles().updateShare(threadId);
        }
    }

    /** The sender does not lead the thread: its lease says which node does. */
    private void onNotLeader(String from, NodeMessage.NotLeader notLeader) {
        String threadId = notLeader.threadId();
        Role role = service.roles().of(threadId);
        if (role instanceof Role.Follower follower && follower.lease.node().equals(from)) {
            follower.used = notLeader.used();
            StateRequests.Pending pending = service.stateRequests().pending();
            if (pending.contains(threadId)) {
                follower.denied = true;
            } else {
                pending.add(threadId);
            }
            service.leases().acquire(threadId);
        } else if (role == null) {
            // Handed over to this node just when its last subscriber left: the lease is released.
            service.leases().acquire(threadId);
        }
    }

    private void onState(String from, NodeMessage.State message) {
        ReplicatedThread thread = service.active(message.threadId());
        if (thread != null
                && service.roles().of(message.threadId()) instanceof Role.Follower follower
                && follower.lease.node().equals(from)) {
            service.stateRequests().pending().remove(message.threadId());
            follower.leaderReach = message.reach();
            thread.compare(ReplicaMessages.state(message, scheduler.now()));
        }
    }

    private void onUpdate(String from, NodeMessage.Update message) {
        String threadId = message.threadId();
        ReplicatedThread thread = service.active(threadId);
        if (thread == null) {
            service.bus().send(from, new NodeMessage.Withdrawal(threadId));
            return;
        }
        if (thread.polling()) {
            defer(from, message);
            return;
        }
        ReplicaUpdate update = ReplicaMessages.update(message, scheduler.now());
        if (!(service.roles().of(threadId) instanceof Role.Follower follower)
                || !follower.lease.node().equals(from)) {
            onUnexpectedUpdate(thread, update);
            return;
        }
        follower.leaderReach = update.reach();
        boolean agreed = thread.apply(update);
        if (!agreed && scheduler.now() - follower.requestedMs > DRIFT_MS) {
            metrics.limitHit("cluster.drift");
            service.stateRequests().request(threadId);
        }
    }

    private void defer(String from, NodeMessage.Update message) {
        String threadId = message.threadId();
        Runnable request = () -> service.stateRequests().request(threadId);
        if (!service.deferred().add(threadId, () -> onUpdate(from, message), request)) {
            metrics.limitHit("cluster.postponed");
        }
    }

    /**
     * A leader does not apply updates from another leader (possible while leases change). It polls the thread, so that its
     * own followers are notified too.
     */
    private void onUnexpectedUpdate(ReplicatedThread thread, ReplicaUpdate update) {
        if (update.hasEvents()) {
            thread.markDirty();
        }
    }

    /** A follower forwards typing to the leader, which replicates it; the leader's is only shown. */
    private void onTyping(NodeMessage.Typing message) {
        TypingIndicator typing = ReplicaMessages.typing(message);
        if (!service.isFollower(message.threadId())) {
            service.threads().applyTyping(typing, message.throttled());
            return;
        }
        ReplicatedThread thread = service.active(message.threadId());
        if (thread != null) {
            thread.showTyping(typing);
        }
    }

    private void onIngested(NodeMessage.Ingested message) {
        ReplicatedThread thread = service.active(message.threadId());
        if (thread != null) {
            thread.ingest(message.contents());
        }
    }

    @Override
    public void gap(String from) {
        service.stateRequests().requestAll(from::equals);
    }

    /** After a network partition both sides have leaders: the sooner leases are checked, the shorter both poll. */
    @Override
    public void joined(String node) {
        renewal.checkSoon();
    }

    @Override
    public void lost(String node) {
        service.roles().removeFollower(node);
        List<String> orphans =
                new ArrayList<>(service.roles().followed(node::equals).keySet());
        acquire(orphans, 0);
    }

    private void acquire(List<String> threadIds, int from) {
        int to = Math.min(threadIds.size(), from + AT_ONCE);
        List<Future<?>> acquired = new ArrayList<>();
        for (String threadId : threadIds.subList(from, to)) {
            acquired.add(service.leases().acquire(threadId));
        }
        if (to < threadIds.size()) {
            Future.join(acquired).onComplete(done -> acquire(threadIds, to));
        }
    }

    /** Until it is heard again, or leaves the cluster, its followers poll for themselves. */
    @Override
    public void silent(String node) {
        service.roles().followed(node::equals).keySet().forEach(threadId -> {
            ReplicatedThread thread = service.active(threadId);
            if (thread != null) {
                thread.markDirty();
            }
        });
    }

    @Override
    public void heard(String node) {
        service.stateRequests().requestAll(node::equals);
    }

    @Override
    public void stalled() {
        renewal.checkSoon();
        service.stateRequests().requestAll(node -> true);
    }

    @Override
    public void tick() {
        renewal.tick();
    }
}
