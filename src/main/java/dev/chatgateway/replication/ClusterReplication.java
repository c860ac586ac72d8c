package dev.chatgateway.replication;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.ReplicationPort;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadOwnership;
import dev.chatgateway.poll.thread.LocalThreads;
import io.vertx.core.Future;
import java.util.concurrent.Executor;

/** The parts of replication on one node, and their order of start and end. */
public final class ClusterReplication implements ReplicationPort {
    private final ClusterContext place;
    private final Scheduler ticker;
    private final GatewayMetrics metrics;
    private final Executor loop;
    private final ReplicationService ownership;

    /** @param loop runs tasks on the poller's context */
    public ClusterReplication(ClusterContext place, Scheduler ticker, GatewayMetrics metrics, Executor loop) {
        this.place = place;
        this.ticker = ticker;
        this.metrics = metrics;
        this.loop = loop;
        ownership = new ReplicationService(place, ticker, metrics);
    }

    @Override
    public ThreadOwnership owners() {
        return ownership;
    }

    @Override
    public Future<Void> open(LocalThreads threads, PollContext env) {
        ownership.serve(threads::watching);
        RemotePermits permits = new RemotePermits(ownership, place.quota(), ticker, metrics, loop);
        place.shares().connect(permits);
        return place.cluster().bus().open(new ReplicationListener(ownership, env, threads, permits));
    }

    @Override
    public void close() {
        ownership.close();
    }

    @Override
    public Future<Void> end() {
        return place.cluster().bus().close();
    }
}
