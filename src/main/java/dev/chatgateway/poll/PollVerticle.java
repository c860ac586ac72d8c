package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.IngestFeed;
import dev.chatgateway.event.LocalCodec;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UpdateBus;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.diff.ListOrder;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.schedule.TimerQueue;
import dev.chatgateway.poll.schedule.VertxScheduler;
import dev.chatgateway.poll.source.RecentRefusals;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.source.UpstreamSource;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.Revisions;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import java.time.Clock;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The poller: one context owns all watched threads of this node. Deploy one instance. */
public final class PollVerticle extends VerticleBase {
    private final Supplier<GatewayConfig.Poll> config;
    private final UpstreamSource source;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final Replication.Factory factory;
    private final Tracer tracer;
    private final PollerFeed feed = new PollerFeed();
    private @Nullable ThreadRegistry registry;
    private Replication replication = Replication.NONE;

    /**
     * @param config the configuration in force, asked for each poll
     * @param factory makes {@link Replication#NONE} on a single node
     */
    public PollVerticle(
            Supplier<GatewayConfig.Poll> config,
            UpstreamSource source,
            GatewayMetrics metrics,
            Clock clock,
            Replication.Factory factory,
            Tracer tracer) {
        this.config = config;
        this.source = source;
        this.metrics = metrics;
        this.clock = clock;
        this.factory = factory;
        this.tracer = tracer;
    }

    /** What hubs and commands call. Any context; before the deployment subscribing fails with 503. */
    public ThreadFeed feed() {
        return feed;
    }

    /** The same for those who watch all threads of a user. */
    public InboxFeed inbox() {
        return feed;
    }

    /** Accepts messages that the service does not know, for benchmarks. Any context. */
    public IngestFeed ingest() {
        return feed;
    }

    /** The watched threads, for operators. Any context. */
    public NodeState.Threads threads() {
        return feed;
    }

    /** The context that owns all threads. */
    public Context loop() {
        return context;
    }

    @Override
    public Future<?> start() {
        DeliveryOptions inbox = LocalCodec.options(vertx.eventBus(), InboxFeed.UPDATES);
        UpdateBus bus = new UpdateBus(vertx);
        Scheduler scheduler = new VertxScheduler(vertx, clock);
        Context mine = context;
        replication = factory.create(scheduler, metrics, task -> mine.runOnContext(v -> task.run()));
        PollContext shared = new PollContext(
                config,
                source,
                source,
                new TimerQueue(scheduler),
                new Random(),
                metrics,
                tracer,
                new RefusalBreaker(metrics.polls()::outageSuspected),
                new Revisions(),
                new ConcurrencyLimiter(() -> config.get().parallel()),
                update -> {
                    metrics.polls().published();
                    bus.publish(update, config.get().updatesInFlight(), () -> metrics.limitHit("bus.updates"));
                },
                update -> vertx.eventBus().publish(InboxFeed.UPDATES, update, inbox),
                replication,
                new ListOrder(),
                new RecentRefusals());
        ThreadRegistry made = new ThreadRegistry(shared);
        registry = made;
        feed.open(vertx, context, made);
        return replication.start(made);
    }

    @Override
    public Future<?> stop() {
        feed.close();
        replication.keepLeases();
        if (registry != null) {
            registry.close();
        }
        return replication.stop();
    }

    /**
     * Hands this node's threads over to their followers; completes when the followers were told. Any context.
     *
     * @param all whether threads without followers are released as well: this node polls nothing any more
     */
    public Future<Void> handOver(boolean all) {
        Context owner = context;
        if (owner == null) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        owner.runOnContext(v -> replication.handOver(all).onComplete(done));
        return done.future();
    }
}
