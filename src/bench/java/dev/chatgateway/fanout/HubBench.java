package dev.chatgateway.fanout;

import dev.chatgateway.bench.IdleFeed;
import dev.chatgateway.bench.Samples;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.PublishedStates;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Subscription.Hold;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One message from the event bus to all subscribers of a thread, which only count it: encoding, audiences,
 * visibility, slices. {@code deliveries} is the time per subscriber.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class HubBench {
    private static final int MEMBERS = 250;

    @Param({"1", "100", "1000", "10000"})
    public int subscribers;

    private final Roster roster = Samples.roster(MEMBERS);
    private final Deque<Handler<Void>> turns = new ArrayDeque<>();
    private final HubContext context = new HubContext(
            context(), new IdleFeed(), new CursorCodec(new byte[32], null), GatewayMetrics.unread(), Clock.systemUTC());
    private final HubTopic topic = new HubTopic(Samples.THREAD, context, removed -> {});
    private long sent;

    /** Deliveries to subscribers. */
    @AuxCounters
    @State(Scope.Thread)
    public static class Count {
        public long deliveries;
    }

    /** Counts the frames, so that the compiler cannot remove the calls. */
    private static final class Sink implements Subscriber {
        private final String id;
        private long taken;

        Sink(String id) {
            this.id = id;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public void deliver(FrameBatch batch) {
            taken += batch.frames().size();
        }
    }

    private final Sink first = new Sink("s0");

    @Setup
    public void subscribe() {
        Map<Integer, UserToken> tokens = new HashMap<>();
        for (int i = 0; i < subscribers; i++) {
            UserToken token = tokens.computeIfAbsent(
                    i % MEMBERS, n -> Tokens.of(Samples.user(n).substring("8:acs:".length())));
            Subscription subscription = new Subscription(
                    i == 0 ? first : new Sink("s" + i),
                    new SubscribeRequest(Samples.THREAD, token, EventGroup.all(), null, 0));
            topic.add(subscription);
            Visibility visibility = Visibility.of(
                    EventGroup.all(), Set.of(), roster.member(token.userId()).orElseThrow());
            subscription.start(watched(), visibility, Map.of(), Samples.START);
            subscription.release(Hold.ANSWER);
            topic.audiences().deliverHeld(subscription, topic);
        }
        deliver();
        if (first.taken != 1) {
            throw new IllegalStateException("deliveries: " + first.taken + " (expected: 1)");
        }
    }

    @Benchmark
    public long deliver(Count count) {
        deliver();
        count.deliveries += subscribers;
        return first.taken;
    }

    private void deliver() {
        long id = Samples.START + ++sent;
        Item item = new Item(new MessageReceived(Samples.THREAD, Samples.message(id, id)), Samples.position(id));
        topic.enqueue(new ThreadUpdate(
                Samples.THREAD,
                sent,
                id,
                roster,
                item.position(),
                ThreadSnapshot.UNKNOWN,
                List.of(item),
                List.of(),
                null));
        topic.deliverQueued();
        while (!turns.isEmpty()) {
            turns.removeFirst().handle(null);
        }
    }

    private Watched watched() {
        return new Watched(
                0,
                roster,
                Samples.position(Samples.START),
                0,
                PublishedStates.NONE,
                10_000,
                new ThreadProperties(Samples.THREAD, "Tea", Instant.EPOCH, Samples.user(0), null, Map.of(), null),
                Instant.EPOCH,
                0,
                new Freshness(Freshness.Source.POLL, 1_000),
                ThreadSnapshot.UNKNOWN,
                null);
    }

    /** An event loop whose next turns this benchmark runs itself: slices of a big audience cost no wake-up here. */
    private Context context() {
        return (Context) Proxy.newProxyInstance(
                Context.class.getClassLoader(), new Class<?>[] {Context.class}, (me, method, args) -> {
                    if (!method.getName().equals("runOnContext")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    @SuppressWarnings("unchecked")
                    Handler<Void> turn = (Handler<Void>) args[0];
                    turns.addLast(turn);
                    return null;
                });
    }
}
