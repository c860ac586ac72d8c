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
 * The subscriptions of one event loop: thread to subscribers, visibility, encoding once per audience. Made, started and
 * called on one context, so that it needs no locks; subscribers are called there too.
 */
public final class Hub {
    /** How far the service's clock may be ahead of this node's. */
    private static final long FUTURE_MS = 300_000;

    private final Vertx vertx;
    private final HubContext env;
    private final SubscribeFlow answers;
    private final Map<String, HubTopic> threads = new HashMap<>();
    private final Map<Subscriber, Set<HubTopic>> threadsOf = new HashMap<>();
    /** Threads with updates that came in this turn. */
    private final Set<HubTopic> moved = new LinkedHashSet<>();

    private Consumer<ThreadUpdate> also = update -> {};
    private UpdateBus.@Nullable End end;

    /** Make it on the context of the verticle that owns the sockets. */
    public Hub(
            Vertx vertx,
            ThreadFeed feed,
            Snapshots snapshots,
            CursorCodec cursors,
            GatewayMetrics metrics,
            Clock clock) {
        this.vertx = vertx;
        env = new HubContext(vertx.getOrCreateContext(), feed, cursors, metrics, clock);
        answers = new SubscribeFlow(vertx, env, snapshots);
    }

    /** Hands every update on, so that a loop takes each but once however many look at it. Call it before the start. */
    public void also(Consumer<ThreadUpdate> reader) {
        also = reader;
    }

    /** Begins to take updates. */
    public Future<Void> start() {
        UpdateBus.End made = new UpdateBus(vertx).open(this::arrived, this::missed);
        end = made;
        return made.opened();
    }

    /** Ends all subscriptions without a word to the subscribers. */
    public Future<Void> close() {
        new ArrayList<>(threadsOf.keySet()).forEach(this::drop);
        return end == null ? Future.succeededFuture() : end.close();
    }

    /** A client says how far it has come. That measures delivery; nothing is kept for it that could be let go. */
    public void acknowledged(String cursor) {
        long now = env.clock().millis();
        env.cursors()
                .version(cursor)
                .ifPresent(version -> env.metrics().fanout().acknowledged(now - version));
    }

    private void arrived(ThreadUpdate update) {
        env.metrics().fanout().arrived();
        HubTopic thread = threads.get(update.threadId());
        if (thread != null) {
            thread.offer(update);
            if (moved.isEmpty()) {
                // After what has arrived already: the updates of one turn go to the sockets together.
                env.context().runOnContext(turn -> work());
            }
            moved.add(thread);
        }
        also.accept(update);
    }

    private void work() {
        List<HubTopic> now = List.copyOf(moved);
        moved.clear();
        now.forEach(HubTopic::work);
    }

    private void missed(String threadId) {
        HubTopic thread = threads.get(threadId);
        if (thread != null) {
            thread.missed(Resync.Cause.UPDATE_LANE);
        }
    }

    /**
     * Subscribes a connection to a thread; a second call for the same thread replaces the first.
     *
     * @param answer completed once, on this loop, with the result of the method: {@code cursor}, {@code properties},
     *     {@code messages} (if a limit was given), {@code seq} (the number of the next event), {@code recovered}, {@code
     *     horizon}, {@code freshness}. The first event is delivered only after it returns, so write the answer in it.
     *     Fails with {@link RpcError} for a bad cursor, else with the chat service's refusal.
     */
    public void subscribe(SubscribeRequest request, Subscriber subscriber, Completable<JsonObject> answer) {
        Position since;
        try {
            since = since(request);
        } catch (RpcError refused) {
            env.metrics().fanout().resumed("refused", 0);
            answer.fail(refused);
            return;
        }
        HubTopic thread = threads.computeIfAbsent(request.threadId(), this::open);
        Subscription before = thread.find(subscriber);
        Subscription subscription = new Subscription(subscriber, request);
        thread.add(subscription);
        if (before != null) {
            if (!thread.busy()) {
                subscription.follow(before, thread.delivered());
            }
            // Only now, so that the thread is not empty in between and forgets what it delivered.
            thread.remove(before);
        }
        threadsOf.computeIfAbsent(subscriber, s -> new HashSet<>()).add(thread);
        answers.begin(subscription, thread, since, answer, () -> unsubscribe(request.threadId(), subscriber));
    }

    /** Ends a subscription; false when there was none. */
    public boolean unsubscribe(String threadId, Subscriber subscriber) {
        boolean removed = remove(threadId, subscriber);
        if (removed) {
            env.feed().unwatch(threadId, subscriber.id());
        }
        return removed;
    }

    /** Number of threads that the connection is subscribed to, or about to be. */
    public int subscriptions(Subscriber subscriber) {
        return threadsOf.getOrDefault(subscriber, Set.of()).size();
    }

    /** The connection has ended: all its subscriptions go. */
    public void drop(Subscriber subscriber) {
        Set<HubTopic> of = threadsOf.getOrDefault(subscriber, Set.of());
        List.copyOf(of).forEach(thread -> unsubscribe(thread.threadId(), subscriber));
        threadsOf.remove(subscriber);
    }

    /** The connection's token has expired: its events are held, within a bound, until there is a new one. */
    public void pause(Subscriber subscriber) {
        each(subscriber, thread -> {
            Subscription subscription = thread.find(subscriber);
            if (subscription != null) {
                thread.audiences().leave(subscription);
                subscription.hold(Hold.TOKEN);
            }
        });
    }

    /** The connection has a new token of the same user, accepted by the service; held events go out. */
    public void replaceToken(Subscriber subscriber, UserToken token) {
        env.feed().replaceToken(subscriber.id(), token);
        each(subscriber, thread -> {
            Subscription subscription = thread.find(subscriber);
            if (subscription != null) {
                thread.accepted(subscription);
            }
        });
    }

    /**
     * The service could not be asked for too long whether it still accepts the connection's token: its events are held,
     * within a bound, until {@link #replaceToken} is called with it or a newer one.
     */
    public void doubt(Subscriber subscriber) {
        each(subscriber, thread -> {
            Subscription subscription = thread.find(subscriber);
            if (subscription != null) {
                thread.doubt(subscription);
            }
        });
    }

    private @Nullable Position since(SubscribeRequest request) {
        String cursor = request.cursor();
        if (cursor == null) {
            return null;
        }
        Position position = env.cursors().decode(request.threadId(), cursor).position();
        if (position.version() > env.clock().millis() + FUTURE_MS) {
            throw RpcError.invalidParams("cursor: from the future (expected: the cursor of an event that happened)");
        }
        return position;
    }

    private void each(Subscriber subscriber, Consumer<HubTopic> action) {
        List.copyOf(threadsOf.getOrDefault(subscriber, Set.of()))
                .forEach(thread -> thread.whenIdle(() -> action.accept(thread)));
    }

    private boolean remove(String threadId, Subscriber subscriber) {
        HubTopic thread = threads.get(threadId);
        Subscription subscription = thread == null ? null : thread.find(subscriber);
        return thread != null && subscription != null && thread.remove(subscription);
    }

    private HubTopic open(String threadId) {
        return new HubTopic(threadId, env, removed -> {
            HubTopic thread = threads.get(threadId);
            threadsOf.computeIfPresent(removed.subscriber(), (s, of) -> {
                of.remove(thread);
                return of.isEmpty() ? null : of;
            });
            if (thread != null && thread.isEmpty()) {
                threads.remove(threadId);
            }
        });
    }
}
