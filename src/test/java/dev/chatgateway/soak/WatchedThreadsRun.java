package dev.chatgateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Very many silent threads that two nodes watch: one reads them all, the other follows. What a thread costs either in
 * memory, and what it says to the other to get there and to stay there. {@code mvn -Psoak surefire:test@soak
 * -Dtest=WatchedThreadsRun -Dcluster.heap=2000m} beside a jar; docs/scaling.md has its figures.
 */
class WatchedThreadsRun {
    private static final int THREADS = Integer.getInteger("watched.threads", 100_000);
    private static final int USERS = Integer.getInteger("watched.users", 1_000);
    private static final int AT_ONCE = 16;
    private static final Duration LIMIT = Duration.ofMinutes(Integer.getInteger("watched.limit", 30));
    private static final Duration MEASURED = Duration.ofSeconds(60);
    private static final Duration COLD = Duration.ofSeconds(Integer.getInteger("watched.settle", 180));

    @RegisterExtension
    static final GatewayExtension SERVICE = new GatewayExtension().with("embedded.rateLimits", "off");

    private final List<ServiceUser> users = new ArrayList<>();
    private final Map<Integer, List<String>> threads = new ConcurrentHashMap<>();
    private final Vertx vertx = Vertx.vertx();
    private final WebSocketClient client =
            vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(10_000));
    private final ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE);

    @Test
    void one_node_reads_them_and_one_follows() throws Exception {
        // Who has just come is not read again at once, so that the machine's cores are left to those who come next.
        Map<String, String> settings = Map.of(
                "LIMITS_SUBSCRIPTIONS", Integer.toString(THREADS),
                "POLL_HOTMS", "60000",
                "POLL_WARMMS", "600000",
                "POLL_COLDMS", "600000",
                "POLL_HOTSECONDS", "1",
                "POLL_WARMSECONDS", "0",
                "POLL_DIGESTMS", "20000",
                "POLL_AUDITSECONDS", "0");
        try (NodeFarm farm = new NodeFarm(SERVICE, Path.of("target/watched"), 2, settings)) {
            NodeProcess reading = farm.start();
            NodeProcess following = farm.start();
            prepare();
            long emptyReading = reading.liveHeap();
            long emptyFollowing = following.liveHeap();

            subscribe(reading);
            say("subscribed, node that reads", reading);
            assertThat(reading.metric("chatgateway_cluster_threads\\{role=\"own\"\\}"))
                    .isEqualTo(THREADS);
            subscribe(following);
            say("subscribed, node that follows", following);
            say("both subscribed, node that reads", reading);
            assertThat(following.metric("chatgateway_cluster_threads\\{role=\"follows\"\\}"))
                    .isEqualTo(THREADS);

            pass(COLD);
            double cpuReading = reading.cpuSeconds();
            double cpuFollowing = following.cpuSeconds();
            say("cold, node that reads", reading);
            say("cold, node that follows", following);
            pass(MEASURED);
            say("a minute later, node that reads", reading);
            say("a minute later, node that follows", following);
            System.out.printf(
                    "watched: %d threads: a thread takes %d bytes of the reading node's heap, %d of the following one's;"
                            + " CPU in a minute %.1f s and %.1f s%n",
                    THREADS,
                    (reading.liveHeap() - emptyReading) / THREADS,
                    (following.liveHeap() - emptyFollowing) / THREADS,
                    reading.cpuSeconds() - cpuReading,
                    following.cpuSeconds() - cpuFollowing);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
            workers.shutdownNow();
        }
    }

    private static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        Awaitility.await().atMost(time.plusSeconds(30)).until(() -> System.nanoTime() >= end);
    }

    private void prepare() throws Exception {
        for (int i = 0; i < USERS; i++) {
            users.add(ServiceUser.create(SERVICE));
        }
        forEachUser(i -> {
            List<String> mine = new ArrayList<>();
            for (int t = i; t < THREADS; t += USERS) {
                mine.add(users.get(i).createThread("watched " + t));
            }
            threads.put(i, mine);
        });
    }

    /** One connection for each user, one subscription after the other; who is refused tries again. */
    private void subscribe(NodeProcess node) throws Exception {
        long begun = System.nanoTime();
        URI uri = node.site().webSocket();
        LongAdder answered = new LongAdder();
        for (int i = 0; i < USERS; i++) {
            List<String> mine = threads.get(i);
            WebSocketConnectOptions options = new WebSocketConnectOptions()
                    .setHost(uri.getHost())
                    .setPort(uri.getPort())
                    .setURI("/ws")
                    .addSubProtocol("json.chatgateway.v1")
                    .addHeader("Authorization", "Bearer " + users.get(i).token());
            client.connect(options).onSuccess(socket -> {
                socket.textMessageHandler(text -> {
                    JsonObject frame = new JsonObject(text);
                    if (frame.containsKey("error")) {
                        vertx.setTimer(2_000, again -> subscribe(socket, mine, frame.getInteger("id")));
                    } else if (frame.containsKey("result")) {
                        answered.increment();
                        subscribe(socket, mine, frame.getInteger("id") + 1);
                    }
                });
                subscribe(socket, mine, 0);
            });
        }
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofSeconds(1)).until(() -> answered.sum() == THREADS);
        System.out.printf("watched: %d subscribes in %d s%n", THREADS, (System.nanoTime() - begun) / 1_000_000_000);
    }

    private static void subscribe(WebSocket socket, List<String> threads, int index) {
        if (index == threads.size()) {
            return;
        }
        socket.writeTextMessage(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", index)
                .put("method", "subscribe")
                .put(
                        "params",
                        new JsonObject()
                                .put("threadId", threads.get(index))
                                .put("events", new JsonArray().add("messages").add("edits")))
                .encode());
    }

    private interface ForUser {
        void accept(int user);
    }

    private void forEachUser(ForUser action) throws Exception {
        List<Callable<Void>> all = new ArrayList<>();
        for (int i = 0; i < USERS; i++) {
            int user = i;
            all.add(() -> {
                action.accept(user);
                return null;
            });
        }
        for (Future<Void> done : workers.invokeAll(all, LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            done.get();
        }
    }

    private static void say(String when, NodeProcess node) {
        Map<String, Long> kinds = new TreeMap<>();
        for (String kind : List.of("interest", "renewal", "withdrawal", "moved", "state", "told", "borrow", "repaid")) {
            long sent = (long) node.metric("chatgateway_cluster_messages_total\\{kind=\"" + kind + "\"\\}");
            if (sent > 0) {
                kinds.put(kind, sent);
            }
        }
        System.out.printf(
                "watched: %s: to other nodes %s, %.0f bytes; %.0f claims taken%n",
                when,
                kinds,
                node.metric("chatgateway_cluster_messages_bytes_total"),
                node.metric("chatgateway_cluster_claims_total\\{change=\"taken\"\\}"));
    }
}
