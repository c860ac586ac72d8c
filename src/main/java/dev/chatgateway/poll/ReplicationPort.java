package dev.chatgateway.poll;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadOwnership;
import dev.chatgateway.poll.thread.LocalThreads;
import io.vertx.core.Future;
import java.util.concurrent.Executor;

/** A node's part in a cluster whose nodes share the polling of threads. ThreadRegistry's context. */
public interface ReplicationPort {
    /** Makes it, once the poller's context is known. */
    @FunctionalInterface
    interface Factory {
        /** @param loop runs tasks on the poller's context; any thread may use it */
        ReplicationPort create(Scheduler ticker, GatewayMetrics metrics, Executor loop);
    }

    /** Which node polls a thread. */
    ThreadOwnership owners();

    /** Begins to listen to other nodes. */
    Future<Void> open(LocalThreads threads, PollContext env);

    /** From now on leases of this node are left to run out. Call it before the threads are stopped. */
    void close();

    /** Ends listening; other nodes are told. */
    Future<Void> end();
}
