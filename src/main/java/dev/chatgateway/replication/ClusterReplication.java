package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.Replication;
import java.util.concurrent.Executor;

/** Makes the parts of replication of a node that belongs to a cluster. */
public final class ClusterReplication {
    private ClusterReplication() {}

    /** @param context runs tasks on the poller's context */
    public static Replication create(
            ClusterContext cluster, Scheduler scheduler, GatewayMetrics metrics, Executor context) {
        return new ReplicationService(
                cluster, scheduler, metrics, service -> listener(service, cluster, scheduler, metrics, context));
    }

    private static NodeBus.Listener listener(
            ReplicationService service,
            ClusterContext cluster,
            Scheduler scheduler,
            GatewayMetrics metrics,
            Executor context) {
        RemotePermits permits = new RemotePermits(service, cluster.quota(), scheduler, metrics, context);
        cluster.shares().connect(permits);
        return new ReplicationListener(service, scheduler, metrics, permits);
    }
}
