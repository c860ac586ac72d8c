package dev.chatgateway.replication;

import dev.chatgateway.cluster.Lease;
import dev.chatgateway.cluster.Leases;
import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.thread.WatchedThread;
import dev.chatgateway.upstream.quota.LocalQuota;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Leases of threads: taken, found to be another's, handed over, given up. Poller's context. */
final class ThreadLeases {
    /** Changed at once when the node leaves. */
    private static final int AT_ONCE = 500;

    private final Leases engine;
    private final NodeBus bus;
    private final LocalQuota quota;
    private final Roles roles;
    private final StateRequests inquiries;
    private final GatewayMetrics metrics;
    private final Function<String, @Nullable WatchedThread> watching;
    private boolean leaving;
    private boolean left;

    /** @param watching a thread as it stands, if somebody here watches it */
    ThreadLeases(
            ClusterContext place,
            Roles roles,
            StateRequests inquiries,
            GatewayMetrics metrics,
            Function<String, @Nullable WatchedThread> watching) {
        engine = place.cluster().claims();
        bus = place.cluster().bus();
        quota = place.quota();
        this.roles = roles;
        this.inquiries = inquiries;
        this.metrics = metrics;
        this.watching = watching;
    }

    /** Finds out who reads a thread, this node if nobody does. Never fails: it is tried again. */
    Future<Void> claim(String threadId) {
        Role before = roles.of(threadId);
        roles.putIfAbsent(threadId, new Role.Asking());
        return engine.take(threadId)
                .onSuccess(claim -> settle(threadId, claim))
                .onFailure(failure -> {
                    metrics.limitHit("cluster.claim");
                    if (before == null) {
                        roles.remove(threadId);
                    }
                })
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private void settle(String threadId, Lease claim) {
        Role before = roles.of(threadId);
        boolean mine = claim.node().equals(bus.self());
        if (watching.apply(threadId) == null) {
            roles.remove(threadId);
            if (mine) {
                engine.release(threadId, claim);
            }
        } else if (mine) {
            own(threadId, claim, before);
        } else {
            others(threadId, claim, before);
        }
    }

    private void own(String threadId, Lease claim, @Nullable Role before) {
        if (before instanceof Role.Own known && known.claim.equals(claim)) {
            return;
        }
        metrics.cluster().claim("taken");
        Role.Own own = new Role.Own(claim);
        if (before instanceof Role.Own known) {
            own.like(known);
        }
        if (before instanceof Role.Following following) {
            roles.takeOver(threadId, own, following.used);
            WatchedThread thread = watching.apply(threadId);
            if (thread != null) {
                thread.awake().stirred();
            }
        } else if (!(before instanceof Role.Own) && claim.epoch() > 1) {
            // The leader before was lost, and nobody followed it.
            roles.takeOver(threadId, own, 1);
        } else {
            roles.put(threadId, own);
        }
    }

    private void others(String threadId, Lease claim, @Nullable Role before) {
        if (before instanceof Role.Own known) {
            lost(threadId, known);
        }
        Role.Following following = roles.following(threadId);
        boolean same = following != null && following.claim.equals(claim);
        if (following != null && same && following.refused) {
            // That node has just said that it does not read it. It is asked again when it has not answered for a while.
            following.refused = false;
        } else if (!same || roles.questions().pending(threadId)) {
            follow(threadId, claim);
        }
    }

    /** Those who follow this node hear nothing from now on; a thread that was given away they have been told of. */
    private void lost(String threadId, Role.Own known) {
        if (!leaving) {
            metrics.cluster().claim("lost");
            known.followers().forEach(node -> bus.send(node, new NodeMessage.Moved(threadId, 1)));
        }
    }

    private void follow(String threadId, Lease claim) {
        Role.Following following = new Role.Following(claim);
        roles.put(threadId, following);
        inquiries.ask(threadId, following, false);
        WatchedThread thread = watching.apply(threadId);
        if (thread != null) {
            thread.awake().reschedule();
        }
    }

    /** To a node that follows the thread, so that it has a token that reads it; else the claim goes. */
    Future<Void> handOver(String threadId, Role.Own own) {
        String heir = own.deleted
                ? null
                : own.followers().stream().filter(bus::speaks).findFirst().orElse(null);
        return handOver(threadId, own, heir);
    }

    /** To a node; released when that is null. */
    Future<Void> handOver(String threadId, Role.Own own, @Nullable String heir) {
        metrics.cluster().claim(heir == null ? "released" : "handedOver");
        if (heir == null) {
            return engine.release(threadId, own.claim);
        }
        WatchedThread thread = watching.apply(threadId);
        double used = quota.used(threadId, thread == null ? Set.of() : thread.users());
        NodeMessage.Moved moved = new NodeMessage.Moved(threadId, used);
        return engine.handOver(threadId, own.claim, heir)
                .onComplete(done -> own.followers().forEach(node -> bus.send(node, moved)))
                .mapEmpty();
    }

    /**
     * Gives threads to others that follow them.
     *
     * @param all whether also those that nobody follows go; nothing is claimed any more then
     */
    Future<Void> leave(boolean all) {
        leaving = true;
        left |= all;
        return leave(all, roles.own(), 0);
    }

    private Future<Void> leave(boolean all, List<String> threadIds, int from) {
        int to = Math.min(threadIds.size(), from + AT_ONCE);
        List<Future<Void>> given = new ArrayList<>();
        for (String threadId : threadIds.subList(from, to)) {
            if (roles.of(threadId) instanceof Role.Own own && (all || own.followed())) {
                // Its own clients may be here for a while: then another node tells it from now on what it reads.
                given.add(handOver(threadId, own).onSuccess(done -> {
                    if (all) {
                        roles.remove(threadId);
                    } else {
                        claim(threadId);
                    }
                }));
            }
        }
        Future<Void> these = Future.join(given).mapEmpty();
        return to == threadIds.size() ? these : these.transform(done -> leave(all, threadIds, to));
    }

    /** The member that reads a thread by its claim, if one does. */
    Future<Optional<String>> claimant(String threadId) {
        return engine.reader(threadId);
    }

    /** Whether this node's threads are going to others. */
    boolean leaving() {
        return leaving;
    }

    /** Whether all of them have gone. */
    boolean left() {
        return left;
    }
}
