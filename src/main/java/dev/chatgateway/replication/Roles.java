package dev.chatgateway.replication;

import dev.chatgateway.upstream.quota.QuotaShares;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** This node's part in each of its threads. Poller's context, but for the counts. */
final class Roles {
    private final Map<String, Role> roles = new HashMap<>();
    /** How many threads each other node leads for this one. */
    private final Map<String, Integer> threadsOfLeader = new HashMap<>();

    private final QuotaShares shares;
    private final IntSupplier nodes;
    private Consumer<String> followingEnded = threadId -> {};
    /** Read by the thread that scrapes the metrics. */
    private final AtomicInteger leading = new AtomicInteger();

    private final AtomicInteger following = new AtomicInteger();
    private final AtomicInteger withSilentLeader = new AtomicInteger();

    /** @param nodes how many nodes there are: any of them may use a thread that another leads */
    Roles(QuotaShares shares, IntSupplier nodes) {
        this.shares = shares;
        this.nodes = nodes;
    }

    /** Calls back for each thread that this node follows no more. Set it before the first role. */
    void onFollowingEnded(Consumer<String> callback) {
        followingEnded = callback;
    }

    @Nullable
    Role of(String threadId) {
        return roles.get(threadId);
    }

    void put(String threadId, Role role) {
        change(threadId, role);
        updateShare(threadId);
    }

    /**
     * This node leads a thread from now on that another has led.
     *
     * @param used what that node has used of the thread's windows, 0 to 1
     */
    void takeOver(String threadId, Role.Leader role, double used) {
        change(threadId, role);
        shares.takeOver(threadId, role.nodes(), nodes.getAsInt(), used);
    }

    private void change(String threadId, Role role) {
        count(roles.put(threadId, role), -1);
        count(role, 1);
        if (!(role instanceof Role.Follower)) {
            followingEnded.accept(threadId);
        }
    }

    void putIfAbsent(String threadId, Role role) {
        if (!roles.containsKey(threadId)) {
            put(threadId, role);
        }
    }

    @Nullable
    Role remove(String threadId) {
        Role removed = roles.remove(threadId);
        count(removed, -1);
        followingEnded.accept(threadId);
        updateShare(threadId);
        return removed;
    }

    /** The followers of the thread have changed: its windows are divided anew. */
    void updateShare(String threadId) {
        Role role = roles.get(threadId);
        int users = role instanceof Role.Leader leader
                ? leader.nodes()
                : role instanceof Role.Follower ? Math.max(2, nodes.getAsInt()) : 1;
        shares.share(threadId, users, role instanceof Role.Leader);
    }

    private void count(@Nullable Role role, int change) {
        if (role instanceof Role.Leader) {
            leading.addAndGet(change);
        } else if (role instanceof Role.Follower follower) {
            following.addAndGet(change);
            threadsOfLeader.merge(follower.lease.node(), change, (a, b) -> a + b == 0 ? null : a + b);
        }
    }

    /** How many threads this node leads. Any thread. */
    int leading() {
        return leading.get();
    }

    /** How many threads this node follows. Any thread. */
    int following() {
        return following.get();
    }

    /** How many of those have a silent leader, so that this node polls them. Any thread. */
    int withSilentLeader() {
        return withSilentLeader.get();
    }

    /** Counts the threads whose leaders are silent now. */
    void countSilentLeaders(Predicate<String> silent) {
        withSilentLeader.set(threadsOfLeader.entrySet().stream()
                .filter(leader -> silent.test(leader.getKey()))
                .mapToInt(Map.Entry::getValue)
                .sum());
    }

    /** This node's part as a follower; null if it is not one. */
    Role.@Nullable Follower follower(String threadId) {
        return roles.get(threadId) instanceof Role.Follower follower ? follower : null;
    }

    /** The threads that this node leads. */
    List<String> led() {
        return roles.entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Role.Leader)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The threads that this node follows and such nodes lead; a copy. */
    Map<String, Role.Follower> followed(Predicate<String> leader) {
        Map<String, Role.Follower> found = new HashMap<>();
        roles.forEach((threadId, role) -> {
            if (role instanceof Role.Follower follower && leader.test(follower.lease.node())) {
                found.put(threadId, follower);
            }
        });
        return found;
    }

    /** Removes a node from the followers of all threads. */
    void removeFollower(String node) {
        roles.forEach((threadId, role) -> {
            if (role instanceof Role.Leader leader && leader.removeFollower(node)) {
                updateShare(threadId);
            }
        });
    }
}
