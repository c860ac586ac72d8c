package dev.chatgateway.replication;

import dev.chatgateway.cluster.Lease;
import dev.chatgateway.cluster.Leases;
import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.state.LocalThreads;
import dev.chatgateway.poll.state.ReplicatedThread;
import dev.chatgateway.poll.state.SubscriberNeeds;
import dev.chatgateway.upstream.quota.LocalQuota;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Acquires, checks, hands over and releases the leases of threads. Poller's context. */
final class ThreadLeases {
    /** Leases that are handed over at the same time when the node leaves. */
    private static final int AT_ONCE = 500;

    private final Leases leases;
    private final NodeBus bus;
    private final LocalQuota quota;
    private final Roles roles;
    private final StateRequests stateRequests;
    private final GatewayMetrics metrics;
    private final Supplier<LocalThreads> threads;
    private boolean leaving;
    private boolean released;

    /** @param threads those of this node, once replication has started */
    ThreadLeases(
            ClusterContext cluster,
            Roles roles,
            StateRequests stateRequests,
            GatewayMetrics metrics,
            Supplier<LocalThreads> threads) {
        leases = cluster.cluster().leases();
        bus = cluster.cluster().bus();
        quota = cluster.quota();
        this.roles = roles;
        this.stateRequests = stateRequests;
        this.metrics = metrics;
        this.threads = threads;
    }

    /** Finds out which node leads a thread; this node does if no other has the lease. Never fails: it is tried again. */
    Future<Void> acquire(String threadId) {
        Role before = roles.of(threadId);
        roles.putIfAbsent(threadId, new Role.Candidate());
        return leases.acquire(threadId)
                .onSuccess(lease -> apply(threadId, lease))
                .onFailure(failure -> {
                    metrics.limitHit("cluster.claim");
                    if (before == null) {
                        roles.remove(threadId);
                    }
                })
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private void apply(String threadId, Lease lease) {
        Role before = roles.of(threadId);
        boolean mine = lease.node().equals(bus.self());
        if (threads.get().needs(threadId) == null) {
            roles.remove(threadId);
            if (mine) {
                leases.release(threadId, lease);
            }
        } else if (mine) {
            lead(threadId, lease, before);
        } else {
            applyOther(threadId, lease, before);
        }
    }

    private void lead(String threadId, Lease lease, @Nullable Role before) {
        if (before instanceof Role.Leader known && known.lease.equals(lease)) {
            return;
        }
        metrics.cluster().leaseChanged("taken");
        Role.Leader leader = new Role.Leader(lease);
        if (before instanceof Role.Leader known) {
            leader.keepFollowersOf(known);
        }
        if (before instanceof Role.Follower follower) {
            roles.takeOver(threadId, leader, follower.used);
            ReplicatedThread thread = threads.get().active(threadId);
            if (thread != null) {
                thread.markDirty();
            }
        } else if (!(before instanceof Role.Leader) && lease.term() > 1) {
            // Another node led before, and its use of the windows is not known here.
            roles.takeOver(threadId, leader, 1);
        } else {
            roles.put(threadId, leader);
        }
    }

    private void applyOther(String threadId, Lease lease, @Nullable Role before) {
        if (before instanceof Role.Leader known) {
            loseLead(threadId, known);
        }
        Role.Follower follower = roles.follower(threadId);
        boolean same = follower != null && follower.lease.equals(lease);
        if (follower != null && same && follower.denied) {
            // That node has just said that it does not lead the thread. It is asked again after a pause.
            follower.denied = false;
        } else if (!same || stateRequests.pending().contains(threadId)) {
            follow(threadId, lease);
        }
    }

    /** Followers of this node hear nothing from now on. They know already of a thread that was handed over. */
    private void loseLead(String threadId, Role.Leader leader) {
        if (!leaving) {
            metrics.cluster().leaseChanged("lost");
            leader.followers().forEach(node -> bus.send(node, new NodeMessage.NotLeader(threadId, 1)));
        }
    }

    private void follow(String threadId, Lease lease) {
        Role.Follower follower = new Role.Follower(lease);
        roles.put(threadId, follower);
        stateRequests.request(threadId, follower, false);
        ReplicatedThread thread = threads.get().active(threadId);
        if (thread != null) {
            thread.reschedule();
        }
    }

    /** Hands a thread over to a follower, which has a token that can list it; releases the lease if there is none. */
    Future<Void> handOver(String threadId, Role.Leader leader) {
        String heir = leader.deleted
                ? null
                : leader.followers().stream().filter(bus::speaks).findFirst().orElse(null);
        return handOver(threadId, leader, heir);
    }

    /** @param heir null to release the lease */
    Future<Void> handOver(String threadId, Role.Leader leader, @Nullable String heir) {
        metrics.cluster().leaseChanged(heir == null ? "released" : "handedOver");
        if (heir == null) {
            return leases.release(threadId, leader.lease);
        }
        SubscriberNeeds needs = threads.get().needs(threadId);
        double used = quota.used(threadId, needs == null ? Set.of() : needs.users());
        NodeMessage.NotLeader notLeader = new NodeMessage.NotLeader(threadId, used);
        return leases.handOver(threadId, leader.lease, heir)
                .onComplete(done -> leader.followers().forEach(node -> bus.send(node, notLeader)))
                .mapEmpty();
    }

    /**
     * Hands threads over to their followers.
     *
     * @param all whether threads without followers are released as well; then no lease is acquired any more
     */
    Future<Void> handOverAll(boolean all) {
        leaving = true;
        released |= all;
        return handOverAll(all, roles.led(), 0);
    }

    private Future<Void> handOverAll(boolean all, List<String> threadIds, int from) {
        int to = Math.min(threadIds.size(), from + AT_ONCE);
        List<Future<Void>> handedOver = new ArrayList<>();
        for (String threadId : threadIds.subList(from, to)) {
            if (roles.of(threadId) instanceof Role.Leader leader && (all || leader.hasFollowers())) {
                // This node's own clients may stay for a while: then it follows the new leader.
                handedOver.add(handOver(threadId, leader).onSuccess(done -> {
                    if (all) {
                        roles.remove(threadId);
                    } else {
                        acquire(threadId);
                    }
                }));
            }
        }
        Future<Void> these = Future.join(handedOver).mapEmpty();
        return to == threadIds.size() ? these : these.transform(done -> handOverAll(all, threadIds, to));
    }

    /** The node that leads a thread by its lease, if a member of the cluster does. */
    Future<Optional<String>> leader(String threadId) {
        return leases.leader(threadId);
    }

    /** Whether threads of this node are being handed over. */
    boolean leaving() {
        return leaving;
    }

    /** Whether this node gives up all leases and acquires no more. */
    boolean released() {
        return released;
    }
}
