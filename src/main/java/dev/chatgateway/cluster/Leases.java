package dev.chatgateway.cluster;

import io.vertx.core.Future;
import java.util.Optional;

/**
 * The leases of threads: the node that has a thread's lease polls it. When two nodes acquire a lease at once one of them
 * gets it. Any context; results come on the caller's. Every call fails after a time limit, or as Hazelcast does.
 */
public interface Leases {
    /** Acquires a lease for this node if no member of the cluster has it; the result is the lease that is in force. */
    Future<Lease> acquire(String threadId);

    /** The member of the cluster that has the lease, if one has. */
    Future<Optional<String>> leader(String threadId);

    /** Transfers a lease of this node to another; false if this node did not have it any more. */
    Future<Boolean> handOver(String threadId, Lease mine, String to);

    /** Gives a lease of this node up. */
    Future<Void> release(String threadId, Lease mine);
}
