package dev.chatgateway.cluster;

import dev.chatgateway.event.NodeState.ClusterView;
import java.util.function.Supplier;

/**
 * The cluster as a node uses it. Leases and bus are used on the poller's context.
 *
 * @param view the members that Hazelcast knows now; any context, does not block
 */
public record Cluster(Leases leases, NodeBus bus, Supplier<ClusterView> view) {}
