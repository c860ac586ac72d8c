package dev.chatgateway.cluster;

import dev.chatgateway.event.NodeState.ClusterView;
import java.util.function.Supplier;

/**
 * A node's place among others. Leases and bus are used on the poller's context.
 *
 * @param view the members as the engine has them now; any context, does not block
 */
public record Cluster(Leases leases, NodeBus bus, Supplier<ClusterView> view) {}
