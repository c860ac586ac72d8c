package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.IngestFeed;
import dev.chatgateway.event.LocalCodec;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UpdateBus;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import java.time.Clock;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The poller's event loop: one context owns all watched threads of this node. Deploy one instance. */
public final class PollVerticle extends VerticleBase {
    private final GatewayConfig.Poll config;
    private final UpstreamSource source;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final ContextFeed feed = new ContextFeed();
    private @Nullable Poller poller;

    public PollVerticle(GatewayConfig.Poll config, UpstreamSource source, GatewayMetrics metrics, Clock clock) {
        this.config = config;
        this.source = source;
        this.metrics = metrics;
        this.clock = clock;
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
        Poller made = new Poller(new PollEnvironment(
                config,
                source,
                source,
                new Agenda(new VertxTicker(vertx, clock)),
                new Random(),
                metrics,
                new RefusalBreaker(metrics.polls()::outageSuspected),
                new Revisions(),
                new PollSlots(config.parallel()),
                update -> {
                    metrics.polls().published();
                    bus.publish(update, config.updatesInFlight(), () -> metrics.limitHit("bus.updates"));
                },
                update -> vertx.eventBus().publish(InboxFeed.UPDATES, update, inbox)));
        poller = made;
        feed.open(vertx, context, made);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        feed.close();
        if (poller != null) {
            poller.close();
        }
        return Future.succeededFuture();
    }
}
