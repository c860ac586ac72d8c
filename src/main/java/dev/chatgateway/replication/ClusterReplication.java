package dev.chatgateway.replication;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.Replication;
import dev.chatgateway.poll.schedule.Ticker;
import dev.chatgateway.poll.state.Owners;
import dev.chatgateway.poll.state.PollEnvironment;
import dev.chatgateway.poll.thread.LocalThreads;
import io.vertx.core.Future;
import java.util.concurrent.Executor;

/** The parts of replication on one node, and their order of start and end. */
public final class ClusterReplication implements Replication {
    private final Place place;
    private final Ticker ticker;
    private final GatewayMetrics metrics;
    private final Executor loop;
    private final Ownership ownership;

    /** @param loop runs tasks on the poller's context */
    public ClusterReplication(Place place, Ticker ticker, GatewayMetrics metrics, Executor loop) {
        this.place = place;
        this.ticker = ticker;
        this.metrics = metrics;
        this.loop = loop;
        ownership = new Ownership(place, ticker, metrics);
    }

    @Override
    public Owners owners() {
        return ownership;
    }

    @Override
    public Future<Void> open(LocalThreads threads, PollEnvironment env) {
        ownership.serve(threads::watching);
        Loans loans = new Loans(ownership, place.account(), ticker, metrics, loop);
        place.shares().borrowFrom(loans);
        return place.cluster().bus().open(new Neighbours(ownership, env, threads, loans));
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
