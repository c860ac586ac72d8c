package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Notice;
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
import dev.chatgateway.tracing.Tracer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** A poller with one thread to read, in virtual time. */
public final class ThreadRegistryFixture {
    public static final String ALICE = "8:acs:alice";
    public static final String BOB = "8:acs:bob";
    public static final String CAROL = "8:acs:carol";
    /** Hot 800 ms for 60 s, else 3.5 s, linger 60 s, digest 5 s, receipts 4 s, overlap 5 s, 10 pages. */
    public static final GatewayConfig.Poll CONFIG = config(5_000, 10);

    /** The same with another overlap and number of pages. */
    static GatewayConfig.Poll config(int overlapMs, int pages) {
        return config(overlapMs, pages, false);
    }

    /** The same with an audit in so many seconds. */
    public static GatewayConfig.Poll config(int overlapMs, int pages, int auditSeconds) {
        return config(overlapMs, pages, false, auditSeconds);
    }

    /** @param parked whether threads are soon silent, and then parked, until they are listed after 30 s */
    public static GatewayConfig.Poll config(int overlapMs, int pages, boolean parked) {
        return config(overlapMs, pages, parked, 0);
    }

    private static GatewayConfig.Poll config(int overlapMs, int pages, boolean parked, int auditSeconds) {
        int hotSeconds = parked ? 6 : 60;
        int warmSeconds = parked ? 1 : 300;
        int digestThreads = parked ? 1 : 3;
        int listSeconds = parked ? 30 : 300;
        return new GatewayConfig.Poll(
                800,
                3_500,
                3_500,
                hotSeconds,
                warmSeconds,
                60,
                5_000,
                digestThreads,
                listSeconds,
                4_000,
                overlapMs,
                pages,
                32,
                540,
                512,
                300,
                10_000,
                60,
                auditSeconds);
    }

    public final VirtualTicker ticker;
    public final FakeThread thread;
    final List<ThreadUpdate> updates = new ArrayList<>();
    final List<InboxUpdate> inbox = new ArrayList<>();
    public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    public final PollContext env;
    public final ThreadRegistry poller;
    /** Null for a single node. */
    public final RemotePermits permits;
    /** When the node was made. */
    final long begun;

    public ThreadRegistryFixture() {
        this(CONFIG);
    }

    public ThreadRegistryFixture(GatewayConfig.Poll config) {
        this(config, new VirtualTicker(1_800_000_000_123L));
    }

    private ThreadRegistryFixture(GatewayConfig.Poll config, VirtualTicker ticker) {
        this(config, ticker, new FakeThread(ticker));
    }

    /** One more node for the same thread. */
    ThreadRegistryFixture(GatewayConfig.Poll config, VirtualTicker ticker, FakeThread thread) {
        this(config, ticker, thread, null);
    }

    /** One more node of a cluster. */
    public ThreadRegistryFixture(
            GatewayConfig.Poll config, VirtualTicker ticker, FakeThread thread, ClusterContext place) {
        begun = ticker.now();
        GatewayMetrics metrics = new GatewayMetrics(meters);
        ReplicationService ownership = place == null ? null : new ReplicationService(place, ticker, metrics);
        this.ticker = ticker;
        this.thread = thread;
        env = new PollContext(
                config,
                thread,
                thread,
                new TimerQueue(ticker),
                new Random(11),
                metrics,
                Tracer.NONE,
                new RefusalBreaker(),
                new Revisions(),
                new ConcurrencyLimiter(config.parallel()),
                updates::add,
                inbox::add,
                ownership == null ? ThreadOwnership.ALONE : ownership);
        poller = new ThreadRegistry(env);
        if (ownership == null) {
            permits = null;
        } else {
            permits = new RemotePermits(ownership, place.quota(), ticker, metrics, Runnable::run);
            place.shares().connect(permits);
            ownership.serve(poller::watching);
            place.cluster().bus().open(new ReplicationListener(ownership, env, poller, permits));
        }
        if (thread.members.isEmpty()) {
            thread.join(ALICE, 0);
            thread.join(BOB, 0);
        }
    }

    Future<Watched> ask(String userId, EventGroup... groups) {
        Set<EventGroup> wanted = groups.length == 0 ? Set.of(EventGroup.MESSAGES, EventGroup.EDITS) : Set.of(groups);
        return poller.watch(new Watch(FakeThread.ID, "socket of " + userId, token(userId), wanted, null));
    }

    /** Comes back from a position. */
    public Future<Watched> resume(String userId, Position since) {
        Set<EventGroup> wanted = EventGroup.all();
        return poller.watch(new Watch(FakeThread.ID, "socket of " + userId, token(userId), wanted, since));
    }

    public Watched watch(String userId, EventGroup... groups) {
        Future<Watched> watched = ask(userId, groups);
        ticker.passUntil(20_000, watched::isComplete);
        if (watched.failed()) {
            throw new AssertionError(watched.cause());
        }
        return watched.result();
    }

    public void unwatch(String userId) {
        poller.unwatch(FakeThread.ID, "socket of " + userId);
    }

    public void poke(ChatMessage message, EventGroup part) {
        poller.poke(new Poke(FakeThread.ID, message.id(), 0, false, Set.of(part)));
    }

    public List<ChatEvent> events() {
        return updates.stream()
                .flatMap(u -> u.items().stream())
                .map(ThreadUpdate.Item::event)
                .toList();
    }

    public List<Notice> notices() {
        return updates.stream().flatMap(u -> u.notices().stream()).toList();
    }

    public static UserToken token(String userId) {
        return dev.chatgateway.upstream.Tokens.of(userId.substring("8:acs:".length()));
    }
}
