package dev.chatgateway.cluster;

import io.vertx.core.Future;
import java.util.Optional;

/**
 * Who polls which thread. Two nodes that reach for a thread at once end with one answer. Any context; results come on the
 * caller's. Every call fails after a time limit, or as the engine does.
 */
public interface Leases {
    /** Leases a thread for this node if no member of the cluster has it; the result is the claim that stands. */
    Future<Lease> take(String threadId);

    /** The member of the cluster that has a thread, if one has. */
    Future<Optional<String>> reader(String threadId);

    /** Gives a thread of this node to another; false if it was this node's no longer. */
    Future<Boolean> handOver(String threadId, Lease mine, String to);

    /** Gives a thread up. */
    Future<Void> release(String threadId, Lease mine);
}
