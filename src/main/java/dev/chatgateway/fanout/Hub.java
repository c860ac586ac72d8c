package dev.chatgateway.fanout;

import dev.chatgateway.event.Position;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.UpdateBus;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Subscription.Hold;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.RpcError;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one event loop. Receives updates from the poller, encodes each event once per audience and delivers
 * it to the subscribers. Create, start and call it on the context of that event loop: it has no locks. Subscribers are
 * called there too.
 */
public final class Hub {
    /** How far the service's clock may be ahead of this node's. */
    private static final long FUTURE_MS = 300_000;

    private final Vertx vertx;
    private final HubContext context;
    private final SubscribeFlow subscribeFlow;
    private final Map<String, HubTopic> topics = new HashMap<>();
    private final Map<Subscriber, Set<HubTopic>> topicsOf = new HashMap<>();
    /** Topics with updates that arrived in this turn of the event loop. */
    private final Set<HubTopic> dirty = new LinkedHashSet<>();

    private Consumer<ThreadUpdate> updateListener = update -> {};
    private UpdateBus.@Nullable End end;

    /** Call it on the context of the verticle that owns the sockets. */
    public Hub(
            Vertx vertx,
            ThreadFeed feed,
            Snapshots snapshots,
            CursorCodec cursors,
            GatewayMetrics metrics,
            Clock clock) {
        this.vertx = vertx;
        context = new HubContext(vertx.getOrCreateContext(), feed, cursors, metrics, clock);
        subscribeFlow = new SubscribeFlow(vertx, context, snapshots);
    }

    /** Sets a second receiver of every update, so that an event loop needs one consumer only. Call it before the start. */
    public void setUpdateListener(Consumer<ThreadUpdate> listener) {
        updateListener = listener;
    }

    /** Begins to receive updates. Completes when they arrive. */
    public Future<Void> start() {
        UpdateBus.End made = new UpdateBus(vertx).open(this::receive, this::missed);
        end = made;
        return made.opened();
    }

    /** Ends all subscriptions without a notification to the subscribers. */
    public Future<Void> close() {
        new ArrayList<>(topicsOf.keySet()).forEach(this::drop);
        return end == null ? Future.succeededFuture() : end.close();
    }

    /** A client acknowledges an event by its cursor. Only recorded as a metric. */
    public void recordAcknowledgement(String cursor) {
        long now = context.clock().millis();
        context.cursors()
                .version(cursor)
                .ifPresent(version -> context.metrics().fanout().acknowledged(now - version));
    }

    private void receive(ThreadUpdate update) {
        context.metrics().fanout().arrived();
        HubTopic topic = topics.get(update.threadId());
        if (topic != null) {
            topic.enqueue(update);
            if (dirty.isEmpty()) {
                // Runs after the updates that have arrived already, so that these go to the sockets together.
                context.eventLoop().runOnContext(turn -> deliverQueued());
            }
            dirty.add(topic);
        }
        updateListener.accept(update);
    }

    private void deliverQueued() {
        List<HubTopic> queued = List.copyOf(dirty);
        dirty.clear();
        queued.forEach(HubTopic::deliverQueued);
    }

    private void missed(String threadId) {
        HubTopic topic = topics.get(threadId);
        if (topic != null) {
            topic.updatesLost();
        }
    }

    /**
     * Subscribes a connection to a thread. A second call for the same thread replaces the first subscription.
     *
     * @param result completed once, on this event loop, with the result of the method: {@code cursor}, {@code properties},
     *     {@code messages} (if a limit was given), {@code seq} (the number of the next event), {@code recovered}, {@code
     *     horizon}, {@code freshness}. It must write the response before it returns, because the first event is delivered
     *     right after it. Fails with {@link RpcError} for a bad cursor, else with the chat service's refusal.
     */
    public void subscribe(SubscribeRequest request, Subscriber subscriber, Completable<JsonObject> result) {
        Position since;
        try {
            since = since(request);
        } catch (RpcError refused) {
            context.metrics().fanout().resumed("refused", 0);
            result.fail(refused);
            return;
        }
        HubTopic topic = topics.computeIfAbsent(request.threadId(), this::open);
        Subscription before = topic.find(subscriber);
        Subscription subscription = new Subscription(subscriber, request);
        topic.add(subscription);
        if (before != null) {
            if (!topic.delivering()) {
                subscription.replace(before, topic.delivered());
            }
            // Not before the new one is added: an empty topic is dropped, and its record of delivered states with it.
            topic.remove(before);
        }
        topicsOf.computeIfAbsent(subscriber, s -> new HashSet<>()).add(topic);
        subscribeFlow.run(subscription, topic, since, result, () -> unsubscribe(request.threadId(), subscriber));
    }

    /** Ends a subscription; false when there was none. */
    public boolean unsubscribe(String threadId, Subscriber subscriber) {
        boolean removed = remove(threadId, subscriber);
        if (removed) {
            context.feed().unwatch(threadId, subscriber.id());
        }
        return removed;
    }

    /** Number of threads that the connection is subscribed to, including requests that are not answered yet. */
    public int subscriptions(Subscriber subscriber) {
        return topicsOf.getOrDefault(subscriber, Set.of()).size();
    }

    /** Ends all subscriptions of a connection that has ended. */
    public void drop(Subscriber subscriber) {
        Set<HubTopic> subscribed = topicsOf.getOrDefault(subscriber, Set.of());
        List.copyOf(subscribed).forEach(topic -> unsubscribe(topic.threadId(), subscriber));
        topicsOf.remove(subscriber);
    }

    /**
     * The connection's token has expired: its events are held until {@link #replaceToken}. A subscription for which more
     * than 1000 events are held gets a resync instead of them.
     */
    public void pause(Subscriber subscriber) {
        forEachTopic(subscriber, topic -> {
            Subscription subscription = topic.find(subscriber);
            if (subscription != null) {
                topic.audiences().leave(subscription);
                subscription.hold(Hold.TOKEN);
            }
        });
    }

    /** The service has accepted a new token of the connection's user: held events are delivered. */
    public void replaceToken(Subscriber subscriber, UserToken token) {
        context.feed().replaceToken(subscriber.id(), token);
        forEachTopic(subscriber, topic -> {
            Subscription subscription = topic.find(subscriber);
            if (subscription != null) {
                topic.tokenAccepted(subscription);
            }
        });
    }

    /**
     * It is too long ago that the service last accepted the connection's token, and it cannot be asked: events are held as
     * by {@link #pause}, until {@link #replaceToken} is called with this token or a newer one.
     */
    public void holdUnproven(Subscriber subscriber) {
        forEachTopic(subscriber, topic -> {
            Subscription subscription = topic.find(subscriber);
            if (subscription != null) {
                topic.holdUnproven(subscription);
            }
        });
    }

    /**
     * The notification that a subscriber must take fresh state of a thread, with the parts of the state that its
     * subscription includes. May be called during a delivery.
     */
    public Frame resync(Subscriber subscriber, String threadId, String cursor, Resync resync) {
        HubTopic topic = topics.get(threadId);
        Subscription subscription = topic == null ? null : topic.find(subscriber);
        JsonObject included = topic == null || subscription == null
                ? new JsonObject()
                : topic.state().json(subscription.request().include(), subscription.userId());
        return Notifications.resync(threadId, cursor, resync, included);
    }

    private @Nullable Position since(SubscribeRequest request) {
        String cursor = request.cursor();
        if (cursor == null) {
            return null;
        }
        Position position = context.cursors().decode(request.threadId(), cursor).position();
        if (position.version() > context.clock().millis() + FUTURE_MS) {
            throw RpcError.invalidParams("cursor: from the future (expected: the cursor of an event that happened)");
        }
        return position;
    }

    private void forEachTopic(Subscriber subscriber, Consumer<HubTopic> action) {
        List.copyOf(topicsOf.getOrDefault(subscriber, Set.of()))
                .forEach(topic -> topic.whenIdle(() -> action.accept(topic)));
    }

    private boolean remove(String threadId, Subscriber subscriber) {
        HubTopic topic = topics.get(threadId);
        Subscription subscription = topic == null ? null : topic.find(subscriber);
        return topic != null && subscription != null && topic.remove(subscription);
    }

    private HubTopic open(String threadId) {
        return new HubTopic(threadId, context, removed -> {
            HubTopic topic = topics.get(threadId);
            topicsOf.computeIfPresent(removed.subscriber(), (s, subscribed) -> {
                subscribed.remove(topic);
                return subscribed.isEmpty() ? null : subscribed;
            });
            if (topic != null && topic.isEmpty()) {
                topics.remove(threadId);
            }
        });
    }
}
