package dev.chatgateway.soak;

import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Instant;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * A client that comes and goes: connects, subscribes with its last cursor, takes events into its replicas, breaks off
 * without a word, and comes back. Owned by one event loop of its own Vert.x.
 */
final class SoakClient {
    /** What is written through a gateway begins so. */
    static final String THROUGH = "through ";

    private static final int FIRST = 200;
    private static final int TRAIL = 100;

    private final Vertx vertx;
    private final WebSocketClient sockets;
    private final Supplier<URI> site;
    private final ServiceUser user;
    private final Random random;
    private final Totals totals;
    private final Map<String, Replica> replicas = new HashMap<>();
    private final Map<String, String> cursors = new HashMap<>();
    private final Map<String, Long> subscribedAt = new HashMap<>();
    /** Threads whose events are late, as the gateway says. */
    private final Map<String, Boolean> late = new ConcurrentHashMap<>();

    private final Map<String, Deque<String>> trails = new ConcurrentHashMap<>();
    private final Map<Integer, Consumer<JsonObject>> pending = new HashMap<>();
    private WebSocket socket;
    private String ticket;
    private int ids;
    private boolean stays;
    private boolean done;

    /** Counts over all clients. */
    static final class Totals {
        final LongAdder connects = new LongAdder();
        final LongAdder complete = new LongAdder();
        final LongAdder resync = new LongAdder();
        final LongAdder events = new LongAdder();
        final LongAdder errors = new LongAdder();
        final LongAdder unsubscribed = new LongAdder();
        final LongAdder degraded = new LongAdder();
        final LongAdder moved = new LongAdder();
        /** From a write through a gateway to its event, at clients that were subscribed then; milliseconds. */
        final ConcurrentHistogram lags = new ConcurrentHistogram(600_000, 3);

        /** The same for what was written past the gateways: a silent thread is read every 10 to 30 s. */
        final ConcurrentHistogram past = new ConcurrentHistogram(600_000, 3);

        final LongAdder recovered = new LongAdder();
        /** Why fresh state had to be taken. */
        final Set<String> resyncs = ConcurrentHashMap.newKeySet();
        /** When clients began to connect, as {@link System#nanoTime()} says. */
        final Queue<Long> attempts = new ConcurrentLinkedQueue<>();
        /** When connections were opened, as {@link System#nanoTime()} says. */
        final Queue<Long> openings = new ConcurrentLinkedQueue<>();
    }

    SoakClient(
            Vertx vertx,
            WebSocketClient sockets,
            Supplier<URI> site,
            ServiceUser user,
            List<String> threads,
            Random random,
            Totals totals) {
        this.vertx = vertx;
        this.sockets = sockets;
        this.site = site;
        this.user = user;
        this.random = random;
        this.totals = totals;
        threads.forEach(t -> replicas.put(t, new Replica()));
    }

    void start() {
        vertx.setTimer(1 + random.nextInt(5_000), t -> connect());
    }

    /** From now on the client keeps its connection. */
    void stay() {
        stays = true;
    }

    /** Chooses a gateway anew. */
    void move() {
        if (socket != null) {
            socket.close();
        }
    }

    void stop() {
        done = true;
        if (socket != null) {
            socket.close();
        }
    }

    /** What this client was told of a thread lately, a line each: why it believes what it believes. */
    String trail(String thread) {
        return String.join("\n", trails.getOrDefault(thread, new ConcurrentLinkedDeque<>()));
    }

    private void trail(String thread, String what) {
        Deque<String> trail = trails.computeIfAbsent(thread, t -> new ConcurrentLinkedDeque<>());
        trail.add(Instant.now() + " " + what);
        if (trail.size() > TRAIL) {
            trail.removeFirst();
        }
    }

    /** Whether some of the threads were said to be late, and not taken back. */
    boolean late() {
        return late.containsValue(true);
    }

    /** Whether all threads are subscribed on the present connection. */
    boolean subscribed() {
        return late.size() == replicas.size();
    }

    Map<String, Replica> replicas() {
        return replicas;
    }

    private void connect() {
        if (done) {
            return;
        }
        totals.connects.increment();
        totals.attempts.add(System.nanoTime());
        URI uri = site.get();
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost(uri.getHost())
                .setPort(uri.getPort())
                .setURI("/ws")
                .addSubProtocol("json.chatgateway.v1")
                .setTimeout(20_000);
        sockets.connect(options).onSuccess(this::opened).onFailure(e -> again());
    }

    private void opened(WebSocket opened) {
        socket = opened;
        totals.openings.add(System.nanoTime());
        pending.clear();
        subscribedAt.clear();
        replicas.values().forEach(Replica::connected);
        opened.textMessageHandler(text -> received(opened, new JsonObject(text)));
        opened.closeHandler(gone -> {
            if (socket == opened) {
                socket = null;
                late.clear();
                again();
            }
        });
        JsonObject credentials = new JsonObject().put("token", user.token());
        if (ticket != null) {
            credentials.put("ticket", ticket);
        }
        call("authenticate", credentials, answer -> {
            if (answer.containsKey("error")) {
                totals.errors.increment();
                opened.close();
                return;
            }
            ticket = answer.getJsonObject("result").getJsonObject("session").getString("ticket");
            replicas.keySet().forEach(this::subscribe);
        });
        if (!stays) {
            vertx.setTimer(5_000 + random.nextInt(20_000), t -> {
                if (!stays && socket == opened) {
                    opened.close();
                }
            });
        }
    }

    private void again() {
        if (!done) {
            vertx.setTimer(100 + random.nextInt(4_000), t -> connect());
        }
    }

    private void subscribe(String thread) {
        JsonObject params = new JsonObject().put("threadId", thread);
        String cursor = cursors.get(thread);
        params.put(cursor == null ? "limit" : "cursor", cursor == null ? FIRST : cursor);
        WebSocket mine = socket;
        trail(thread, "subscribes at " + mine.remoteAddress() + " with " + cursor);
        call("subscribe", params, answer -> {
            trail(thread, "is answered " + answer);
            if (answer.containsKey("error")) {
                totals.errors.increment();
                vertx.setTimer(500 + random.nextInt(1_500), t -> {
                    if (socket == mine && socket != null) {
                        subscribe(thread);
                    }
                });
                return;
            }
            JsonObject result = answer.getJsonObject("result");
            late.put(thread, "degraded".equals(result.getJsonObject("freshness").getString("source")));
            boolean complete = "complete".equals(result.getString("recovered"));
            (complete ? totals.complete : totals.resync).increment();
            if (cursor != null && !complete) {
                totals.resyncs.add("answer " + result.getString("reason"));
                fresh(thread);
                return;
            }
            if (cursor == null) {
                replicas.get(thread).fresh(result.getJsonArray("messages", new JsonArray()));
            }
            cursors.put(thread, result.getString("cursor"));
            subscribedAt.put(thread, System.currentTimeMillis());
        });
    }

    /** What the protocol says after {@code resync}: subscribe without a cursor and take fresh state. */
    private void fresh(String thread) {
        cursors.remove(thread);
        subscribe(thread);
    }

    private void received(WebSocket from, JsonObject frame) {
        if (frame.containsKey("id")) {
            Consumer<JsonObject> waiting = pending.remove(frame.getInteger("id"));
            if (waiting != null) {
                waiting.accept(frame);
            }
            return;
        }
        JsonObject params = frame.getJsonObject("params");
        String thread = params.getString("threadId");
        if (thread != null) {
            trail(thread, (from == socket ? "takes " : "takes from its last connection ") + frame);
        }
        switch (frame.getString("method")) {
            case "chatMessageReceived", "chatMessageEdited", "chatMessageDeleted" -> {
                totals.events.increment();
                lag(thread, params);
                replicas.get(thread).event(frame.getString("method"), params);
                cursors.put(thread, params.getString("cursor"));
            }
            case "freshness" -> {
                boolean degraded = "degraded".equals(params.getString("source"));
                (degraded ? totals.degraded : totals.recovered).increment();
                late.put(thread, degraded);
            }
            case "reconnect" -> {
                totals.moved.increment();
                vertx.setTimer(Math.max(1, params.getLong("afterMs")), t -> {
                    if (socket == from) {
                        from.close();
                    }
                });
            }
            case "resync", "unsubscribed" -> {
                boolean lost = "unsubscribed".equals(frame.getString("method"));
                (lost ? totals.unsubscribed : totals.resync).increment();
                totals.resyncs.add(frame.getString("method") + " " + params.getString("reason"));
                if (socket == from) {
                    fresh(thread);
                }
            }
            default -> {
                if (params.getString("cursor") != null && replicas.containsKey(thread)) {
                    cursors.put(thread, params.getString("cursor"));
                }
            }
        }
    }

    private void lag(String thread, JsonObject event) {
        long changedAt = Long.parseLong(event.getString("version"));
        if (changedAt > subscribedAt.getOrDefault(thread, Long.MAX_VALUE)) {
            boolean through = event.getString("message", "").startsWith(THROUGH);
            (through ? totals.lags : totals.past)
                    .recordValue(Math.max(0, Math.min(600_000, System.currentTimeMillis() - changedAt)));
        }
    }

    private void call(String method, JsonObject params, Consumer<JsonObject> answer) {
        int id = ++ids;
        pending.put(id, answer);
        socket.writeTextMessage(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params)
                .encode());
    }
}
