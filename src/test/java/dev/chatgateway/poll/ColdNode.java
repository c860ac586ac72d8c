package dev.chatgateway.poll;

import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.TimerQueue;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Revisions;
import dev.chatgateway.poll.state.ThreadOwnership;
import dev.chatgateway.replication.ClusterContext;
import dev.chatgateway.replication.RemotePermits;
import dev.chatgateway.replication.ReplicationListener;
import dev.chatgateway.replication.ReplicationService;
import dev.chatgateway.simulation.VirtualTime;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.Tokens;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** A node with very many silent threads, in virtual time; measures what they cost. The threads' rosters are shared. */
final class ColdNode {
    private static final int ARRIVAL_MS = 900_000;
    private static final int NEVER = 1_000_000;

    final ColdThreads service;
    final ThreadRegistry poller;
    private final VirtualTime time;
    private final List<UserToken> users = new ArrayList<>();
    private final int threads;

    /** @param digests whether silent threads are watched by their user's digest; else each is polled */
    ColdNode(int threads, int users, boolean digests) throws Exception {
        this(threads, users, digests, new VirtualTime(1_800_000_000_000L), null);
    }

    /** @param place in a cluster; null for a single node */
    ColdNode(int threads, int users, boolean digests, VirtualTime time, ClusterContext place) throws Exception {
        this.threads = threads;
        this.time = time;
        for (int i = 0; i < users; i++) {
            this.users.add(Tokens.of("user" + i));
        }
        Map<String, String> keys = Map.of("CHATGATEWAY_POLL_DIGESTTHREADS", Integer.toString(digests ? 3 : NEVER));
        GatewayConfig.Poll config =
                new ConfigLoader().load(Optional.empty(), keys).config().poll();
        service = new ColdThreads(time, threads, this.users);
        GatewayMetrics metrics = GatewayMetrics.unread();
        ReplicationService ownership = place == null ? null : new ReplicationService(place, time, metrics);
        PollContext environment = new PollContext(
                config,
                service,
                service,
                new TimerQueue(time),
                new Random(1),
                metrics,
                Tracer.NONE,
                new RefusalBreaker(),
                new Revisions(),
                new ConcurrencyLimiter(config.parallel()),
                update -> {},
                update -> {},
                ownership == null ? ThreadOwnership.ALONE : ownership);
        poller = new ThreadRegistry(environment);
        if (ownership != null) {
            ownership.serve(poller::watching);
            RemotePermits permits = new RemotePermits(ownership, place.quota(), time, metrics, Runnable::run);
            place.cluster().bus().open(new ReplicationListener(ownership, environment, poller, permits));
        }
    }

    /** Bytes in use after a collection. */
    static long heap() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    /** Subscribers come within a quarter of an hour: each thread needs a call of its user's small window. */
    void subscribe(Set<EventGroup> groups) {
        Random random = new Random(2);
        for (int i = 0; i < threads; i++) {
            subscribe(ColdThreads.id(i), users.get(i % users.size()), groups, random);
        }
    }

    private void subscribe(String threadId, UserToken user, Set<EventGroup> groups, Random random) {
        time.schedule(
                random.nextInt(ARRIVAL_MS), () -> poller.watch(new Watch(threadId, user.userId(), user, groups, null))
                        .onFailure(refused -> subscribe(threadId, user, groups, random)));
    }

    /** Lets time pass, and returns the CPU time that it took in nanoseconds. */
    long pass(long ms) {
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        time.passUntil(time.now() + ms);
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
    }
}
