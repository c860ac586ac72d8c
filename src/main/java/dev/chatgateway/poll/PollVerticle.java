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

/** The poller's event loop: one context owns all watched threads of this node. Deploy one instance. */
public final class PollVerticle extends VerticleBase {
    private final Supplier<GatewayConfig.Poll> config;
    private final UpstreamSource source;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final Replication.Factory factory;
    private final Tracer tracer;
    private final PollerFeed feed = new PollerFeed();
    private @Nullable ThreadRegistry poller;
    private Replication replication = Replication.NONE;

    /**
     * @param config the intervals in force, asked for each reading
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

    /** The door for hubs and commands; usable from any context, before the deployment too (watches then fail with 503). */
    public ThreadFeed feed() {
        return feed;
    }

    /** The same door for those who watch all threads of a user. */
    public InboxFeed inbox() {
        return feed;
    }

    /** The door for messages that the service does not know. */
    public IngestFeed ingest() {
        return feed;
    }

    /** The door for operators. */
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
        Scheduler ticker = new VertxScheduler(vertx, clock);
        Context mine = context;
        replication = factory.create(ticker, metrics, task -> mine.runOnContext(v -> task.run()));
        PollContext env = new PollContext(
                config,
                source,
                source,
                new TimerQueue(ticker),
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
        ThreadRegistry made = new ThreadRegistry(env);
        poller = made;
        feed.open(vertx, context, made);
        return replication.start(made);
    }

    @Override
    public Future<?> stop() {
        feed.close();
        replication.keepLeases();
        if (poller != null) {
            poller.close();
        }
        return replication.stop();
    }

    /**
     * Gives this node's threads to others that follow them; done when they have been told. Any context.
     *
     * @param all whether also those that nobody follows go: nobody here needs them any more
     */
    public Future<Void> leave(boolean all) {
        Context owner = context;
        if (owner == null) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        owner.runOnContext(v -> replication.handOver(all).onComplete(done));
        return done.future();
    }
}
