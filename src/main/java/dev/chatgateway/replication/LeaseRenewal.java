package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.poll.schedule.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Checks the lease of every thread that this node leads, and renews every thread that it follows, once in ten seconds: a
 * lease that is missing is acquired again, and a new leader is found out. Spread over the seconds. Poller's context.
 */
final class LeaseRenewal {
    private static final long TICKS = 10;
    /** Leases checked in a second at most, as each check is a call of Hazelcast; with more leases the cycle is longer. */
    private static final int MOST_CHECKS = 1_000;
    /** Followed threads renewed in a second at most: 450,000 are renewed in time, before their leaders forget them. */
    private static final int MOST_RENEWALS = 10_000;
    /** A follower that was not heard for so long is removed. */
    private static final long FOLLOWER_MS = 45_000;
    /** A state request that was not answered for so long is sent again. */
    private static final long ANSWER_MS = 3_000;

    private static final int MOST_REPEATED = 500;

    private final ReplicationService service;
    private final Scheduler scheduler;
    private final Deque<String> toCheck = new ArrayDeque<>();
    private final Deque<String> toRenew = new ArrayDeque<>();
    private int checksPerTick;
    private int renewalsPerTick;

    LeaseRenewal(ReplicationService service, Scheduler scheduler) {
        this.service = service;
        this.scheduler = scheduler;
    }

    /** Begins a new cycle that checks all leases as soon as the bound allows. */
    void checkSoon() {
        toCheck.clear();
        toCheck.addAll(service.roles().led());
        checksPerTick = MOST_CHECKS;
    }

    /** Called once a second. */
    void tick() {
        Roles roles = service.roles();
        if (toCheck.isEmpty()) {
            toCheck.addAll(roles.led());
            checksPerTick = perTick(toCheck, MOST_CHECKS);
        }
        if (toRenew.isEmpty()) {
            toRenew.addAll(roles.followed(node -> true).keySet());
            renewalsPerTick = perTick(toRenew, MOST_RENEWALS);
        }
        for (int i = 0; i < checksPerTick && !toCheck.isEmpty(); i++) {
            check(toCheck.removeFirst(), roles);
        }
        Map<String, List<String>> renewals = new HashMap<>();
        for (int i = 0; i < renewalsPerTick && !toRenew.isEmpty(); i++) {
            renew(toRenew.removeFirst(), roles, renewals);
        }
        renewals.forEach((leader, threadIds) -> service.bus().send(leader, new NodeMessage.Renewal(threadIds)));
        repeatRequests(roles);
    }

    private static int perTick(Deque<String> cycle, int most) {
        return (int) Math.min(most, cycle.size() / TICKS + 1);
    }

    private void check(String threadId, Roles roles) {
        if (!(roles.of(threadId) instanceof Role.Leader leader)) {
            return;
        }
        if (leader.removeFollowersNotHeardSince(scheduler.now() - FOLLOWER_MS)) {
            roles.updateShare(threadId);
        }
        if (!service.leases().leaving()) {
            service.leases().acquire(threadId);
        }
    }

    private void renew(String threadId, Roles roles, Map<String, List<String>> renewals) {
        Role.Follower follower = roles.follower(threadId);
        if (follower != null) {
            // The number of nodes may have changed.
            roles.updateShare(threadId);
            service.stateRequests().requestIfNeedsChanged(threadId, follower);
            renewals.computeIfAbsent(follower.lease.node(), node -> new ArrayList<>())
                    .add(threadId);
        }
    }

    private void repeatRequests(Roles roles) {
        roles.countSilentLeaders(node -> !service.bus().speaks(node));
        StateRequests requests = service.stateRequests();
        requests.requestNext();
        long now = scheduler.now();
        for (String threadId : requests.pending().unanswered(now - ANSWER_MS, MOST_REPEATED)) {
            requests.pending().sent(threadId, now);
            service.leases().acquire(threadId);
        }
    }
}
