package dev.chatgateway.replication;

import io.vertx.core.Future;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which node keeps the account of a thread's windows: the one that reads it; while nobody does, one that all nodes
 * choose alike from the thread's id. Poller's context.
 */
final class QuotaOwners {
    private final ReplicationService ownership;

    QuotaOwners(ReplicationService ownership) {
        this.ownership = ownership;
    }

    /** The node that keeps it, this one perhaps. Never fails. */
    Future<String> of(String threadId) {
        Role role = ownership.roles().of(threadId);
        if (role instanceof Role.Follower follower) {
            return Future.succeededFuture(follower.lease.node());
        }
        // What is watched here has just come, and its claim is being taken: two calls or three.
        boolean here = role instanceof Role.Leader || ownership.needs(threadId) != null;
        if (here || ownership.bus().others().isEmpty()) {
            return Future.succeededFuture(ownership.bus().self());
        }
        return ownership.leaders().of(threadId).map(leader -> leader.orElseGet(() -> chosen(threadId)));
    }

    /** The highest of hashes that each node has with the thread: who joins or leaves takes few threads along. */
    private String chosen(String threadId) {
        return Stream.concat(
                        ownership.bus().others().stream(),
                        Stream.of(ownership.bus().self()))
                .max((a, b) -> Integer.compare(weight(a, threadId), weight(b, threadId)))
                .orElseThrow();
    }

    private static int weight(String node, String threadId) {
        int hash = Objects.hash(node, threadId) * 0x9E3779B9;
        return (hash ^ (hash >>> 15)) * 0x85EBCA6B;
    }
}
