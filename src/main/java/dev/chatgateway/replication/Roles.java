package dev.chatgateway.replication;

import dev.chatgateway.upstream.quota.QuotaShares;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** This node's part in each of its threads. Poller's context. */
final class Roles {
    private final Map<String, Role> roles = new HashMap<>();
    /** How many threads each other node reads for this one. */
    private final Map<String, Integer> readers = new HashMap<>();

    private final PendingStateRequests questions = new PendingStateRequests();
    private final QuotaShares shares;
    private final IntSupplier nodes;
    /** Read by whoever scrapes. */
    private final AtomicInteger owned = new AtomicInteger();

    private final AtomicInteger followed = new AtomicInteger();

    private final AtomicInteger unread = new AtomicInteger();

    /** @param nodes how many nodes there are: so many may use a thread that another node leads */
    Roles(QuotaShares shares, IntSupplier nodes) {
        this.shares = shares;
        this.nodes = nodes;
    }

    /** What the readers of followed threads are still to say. */
    PendingStateRequests questions() {
        return questions;
    }

    @Nullable
    Role of(String threadId) {
        return roles.get(threadId);
    }

    void put(String threadId, Role role) {
        change(threadId, role);
        shared(threadId);
    }

    /**
     * This node leads a thread from now on that another has led.
     *
     * @param used what that node has used of the thread's windows, 0 to 1
     */
    void takeOver(String threadId, Role.Own role, double used) {
        change(threadId, role);
        shares.takeOver(threadId, role.users(), nodes.getAsInt(), used);
    }

    private void change(String threadId, Role role) {
        count(roles.put(threadId, role), -1);
        count(role, 1);
        if (!(role instanceof Role.Following)) {
            questions.over(threadId);
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
        questions.over(threadId);
        shared(threadId);
        return removed;
    }

    /** The followers of the thread have changed: its windows are divided anew. */
    void shared(String threadId) {
        Role role = roles.get(threadId);
        int users = role instanceof Role.Own own
                ? own.users()
                : role instanceof Role.Following ? Math.max(2, nodes.getAsInt()) : 1;
        shares.share(threadId, users, role instanceof Role.Own);
    }

    private void count(@Nullable Role role, int change) {
        if (role instanceof Role.Own) {
            owned.addAndGet(change);
        } else if (role instanceof Role.Following following) {
            followed.addAndGet(change);
            readers.merge(following.claim.node(), change, (a, b) -> a + b == 0 ? null : a + b);
        }
    }

    /** How many threads this node reads. */
    int owned() {
        return owned.get();
    }

    /** How many threads others read for it. */
    int followed() {
        return followed.get();
    }

    /** How many threads are read here only because the node that should is silent. */
    int unread() {
        return unread.get();
    }

    /** Counts them. */
    void unread(Predicate<String> silent) {
        unread.set(readers.entrySet().stream()
                .filter(reader -> silent.test(reader.getKey()))
                .mapToInt(Map.Entry::getValue)
                .sum());
    }

    /** Another node's, if one reads the thread. */
    Role.@Nullable Following following(String threadId) {
        return roles.get(threadId) instanceof Role.Following following ? following : null;
    }

    /** The threads that this node reads. */
    List<String> own() {
        return roles.entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Role.Own)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The threads that such nodes read, as they are now. */
    Map<String, Role.Following> followed(Predicate<String> node) {
        Map<String, Role.Following> found = new HashMap<>();
        roles.forEach((threadId, role) -> {
            if (role instanceof Role.Following following && node.test(following.claim.node())) {
                found.put(threadId, following);
            }
        });
        return found;
    }

    /** A node follows no more, in any thread. */
    void forget(String node) {
        roles.forEach((threadId, role) -> {
            if (role instanceof Role.Own own && own.forget(node)) {
                shared(threadId);
            }
        });
    }
}
