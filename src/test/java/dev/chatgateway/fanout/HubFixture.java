package dev.chatgateway.fanout;

import static dev.chatgateway.upstream.EmbeddedFixture.get;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.PublishedStates;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.UpdateBus;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.upstream.Tokens;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A hub on a real event loop and event bus. The test is the poller. */
final class HubFixture implements ThreadFeed, AutoCloseable {
    static final String THREAD = "19:t@thread.v2";
    static final long START = 1_700_000_000_123L;

    final Vertx vertx = Vertx.vertx();
    final Context loop = vertx.getOrCreateContext();
    final Map<String, Participant> members = new LinkedHashMap<>();
    final List<String> unwatched = new CopyOnWriteArrayList<>();
    final List<String> asked = new CopyOnWriteArrayList<>();
    final CursorCodec cursors = new CursorCodec(new byte[32], null);
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Hub hub;
    /** Whether the test completes the watches itself. */
    boolean manual;

    volatile long newestId;
    volatile PublishedStates published = PublishedStates.NONE;
    volatile @Nullable CatchUp catchUp;
    volatile ThreadSnapshot state = ThreadSnapshot.UNKNOWN;
    volatile Future<Boolean> seen = Future.succeededFuture(true);
    volatile JsonArray snapshot = new JsonArray();
    /** The snapshot has every message with this id or a higher one. */
    volatile long readTo;

    final List<Promise<Watched>> watches = new CopyOnWriteArrayList<>();
    final AtomicLong revision = new AtomicLong(10);
    /** Limit of updates in flight to the hub. */
    volatile int inFlight = 10_000;

    final AtomicLong overflows = new AtomicLong();

    HubFixture() {
        hub = onLoop(() -> new Hub(
                vertx,
                this,
                (token, thread, limit) -> Future.succeededFuture(new Snapshots.Newest(snapshot, readTo)),
                cursors,
                new GatewayMetrics(registry),
                Clock.systemUTC()));
        get(onLoop(hub::start));
    }

    /** A connection that records its frames. */
    static class Socket implements Subscriber {
        final String name;
        final List<JsonObject> frames = new CopyOnWriteArrayList<>();
        final List<Frame> raw = new CopyOnWriteArrayList<>();
        volatile long losses;

        Socket(String name) {
            this.name = name;
        }

        @Override
        public String id() {
            return "socket of " + name;
        }

        @Override
        public long losses() {
            return losses;
        }

        @Override
        public void deliver(FrameBatch batch) {
            for (Frame frame : batch.frames()) {
                raw.add(frame);
                frames.add(new JsonObject(frame.text()));
            }
        }

        List<String> methods() {
            return frames.stream().map(f -> f.getString("method", "answer")).toList();
        }

        JsonObject params(int index) {
            return frames.get(index).getJsonObject("params");
        }

        List<Long> seqs() {
            return frames.stream()
                    .filter(f ->
                            f.containsKey("method") && !f.getString("method").equals("resumed"))
                    .map(f -> f.getJsonObject("params").getLong("seq"))
                    .filter(s -> s != null)
                    .toList();
        }
    }

    void member(String name, long historyTime) {
        members.put(
                "8:acs:" + name, new Participant("8:acs:" + name, name, Instant.ofEpochMilli(historyTime), Map.of()));
    }

    Socket subscribe(String name, EventGroup... groups) {
        Socket socket = new Socket(name);
        subscribe(socket, 0, null, groups);
        await(() -> !socket.frames.isEmpty());
        return socket;
    }

    /** Records the result as a frame of the socket, so that tests see its place among the events. */
    void subscribe(Socket socket, int limit, @Nullable String cursor, EventGroup... groups) {
        Set<EventGroup> mask = groups.length == 0 ? EventGroup.all() : Set.copyOf(Arrays.asList(groups));
        subscribe(socket, new SubscribeRequest(THREAD, Tokens.of(socket.name), mask, cursor, limit));
    }

    /** A subscription that includes parts of the thread's state. */
    Socket including(String name, Part... parts) {
        return including(name, 0, parts);
    }

    /** The same with messages in its answer. */
    Socket including(String name, int limit, Part... parts) {
        Socket socket = new Socket(name);
        subscribe(socket, new SubscribeRequest(THREAD, Tokens.of(name), EventGroup.all(), Set.of(parts), null, limit));
        await(() -> !socket.frames.isEmpty());
        return socket;
    }

    private void subscribe(Socket socket, SubscribeRequest request) {
        onLoop(() -> {
            hub.subscribe(
                    request,
                    socket,
                    (r, e) -> socket.frames.add(
                            e == null
                                    ? new JsonObject().put("result", r)
                                    : new JsonObject().put("error", e.getMessage())));
            return null;
        });
    }

    static ChatMessage message(long id, long version) {
        return new ChatMessage(
                Long.toString(id),
                version,
                MessageType.TEXT,
                Instant.ofEpochMilli(id),
                "8:acs:writer",
                "",
                "m",
                null,
                List.of(),
                null,
                null,
                version > id ? Instant.ofEpochMilli(version) : null,
                null,
                Map.of());
    }

    static JsonObject rest(long id, long version) {
        return new JsonObject().put("id", Long.toString(id)).put("version", Long.toString(version));
    }

    void send(long... ids) {
        publish(Arrays.stream(ids)
                .mapToObj(id -> (ChatEvent) new MessageReceived(THREAD, message(id, id)))
                .toList());
    }

    void edit(long id, long version) {
        publish(List.of(new MessageEdited(THREAD, message(id, version))));
    }

    void publish(List<ChatEvent> events, Notice... notices) {
        publish(events, null, notices);
    }

    void publish(List<ChatEvent> events, @Nullable EndReason ended, Notice... notices) {
        List<Item> items = new ArrayList<>();
        events.forEach(e -> items.add(new Item(e, position())));
        ThreadUpdate update = new ThreadUpdate(
                THREAD,
                revision.incrementAndGet(),
                System.currentTimeMillis(),
                roster(),
                position(),
                state,
                items,
                List.of(notices),
                ended);
        new UpdateBus(vertx).publish(update, inFlight, overflows::incrementAndGet);
    }

    Watched watched() {
        return new Watched(
                revision.get(),
                roster(),
                position(),
                newestId,
                published,
                10_000,
                new ThreadProperties(THREAD, "Tea", Instant.EPOCH, "8:acs:alice", null, Map.of(), null),
                Instant.EPOCH,
                35_500,
                new Freshness(Freshness.Source.POLL, 5_500),
                state,
                catchUp);
    }

    Roster roster() {
        return new Roster(members, Instant.now());
    }

    Position position() {
        return new Position(START, RecentStates.NONE, 1, 1, 1);
    }

    <T> T onLoop(Callable<T> action) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(v -> {
            try {
                promise.complete(action.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return get(promise.future());
    }

    /** Waits until everything published so far is delivered. */
    void settle() {
        for (int i = 0; i < 20; i++) {
            onLoop(() -> null);
        }
    }

    static void await(Callable<Boolean> condition) {
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(30))
                .until(condition);
    }

    @Override
    public Future<Watched> watch(Watch watch) {
        Promise<Watched> promise = Promise.promise();
        watches.add(promise);
        if (!manual) {
            promise.complete(watched());
        }
        return promise.future();
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {
        unwatched.add(subscriberId);
    }

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
        asked.add(subscriberId + " " + messageId);
        return seen;
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {}

    @Override
    public void poke(Poke poke) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        get(onLoop(hub::close));
        get(vertx.close());
    }
}
