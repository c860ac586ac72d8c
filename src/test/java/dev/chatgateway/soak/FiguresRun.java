package dev.chatgateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The figures of docs/performance.md, printed: calls per delivered event, lag of writes through the gateway and past it,
 * resume of many clients at once. Clients and gateway share this process; only what can't be a matter of speed is asserted.
 */
class FiguresRun {
    private static final int SAMPLES = Integer.getInteger("figures.samples", 1_000);
    private static final int RESUMES = Integer.getInteger("figures.resumes", 5_000);
    /** One of the settings, latency/subscribers; null for all. */
    private static final String ONLY = System.getProperty("figures.only");

    private static final int THREADS = 50;
    private static final int HOT_THREADS = 20;
    private static final int LIMIT_SECONDS = 120;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("embedded.rateLimits", "off")
            .with("limits.connectionsPerUser", "100000")
            .with("limits.requestsPerSecond", "100000");

    private static final Vertx CLIENTS = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private static final WebSocketClient SOCKETS =
            CLIENTS.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(20_000));

    @AfterAll
    static void close() {
        CLIENTS.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void lag_and_calls() throws Exception {
        for (int latencyMs : new int[] {0, 50}) {
            for (int subscribers : latencyMs == 0 ? new int[] {1, 10, 100, 250} : new int[] {1, 250}) {
                if (ONLY == null || ONLY.equals(latencyMs + "/" + subscribers)) {
                    measure(latencyMs, subscribers, subscribers == 1 || subscribers == 250 ? SAMPLES : 0);
                }
            }
        }
    }

    /** @param past how many writes past the gateway are measured, in all threads at once so that it takes a bearable time */
    private void measure(int latencyMs, int subscribers, int past) throws Exception {
        faults(new JsonObject());
        ServiceUser owner = ServiceUser.create(GATEWAY);
        ServiceUser other = ServiceUser.create(GATEWAY);
        List<String> threads = new ArrayList<>();
        for (int i = 0; i < HOT_THREADS; i++) {
            threads.add(owner.createThread("figures " + i, other));
        }
        Arrivals arrivals = new Arrivals(subscribers);
        List<FigureClient> clients = new ArrayList<>();
        for (int i = 0; i < subscribers; i++) {
            FigureClient client = await(connect(i % 2 == 0 ? owner : other, null, arrivals));
            clients.add(client);
            for (String thread : threads) {
                await(onLoop(client, c -> c.subscribe(thread, null)));
            }
        }
        FigureClient writer = await(connect(owner, null, new Arrivals(0)));
        faults(new JsonObject().put("latencyMs", latencyMs));
        Map<String, Double> before = operations();
        List<Long> through = new ArrayList<>();
        for (int i = 0; i < SAMPLES; i++) {
            String thread = threads.get(i % HOT_THREADS);
            JsonObject message = new JsonObject().put("threadId", thread).put("content", "through " + i);
            String id = await(onLoop(writer, c -> c.call("sendMessage", message))
                            .onSuccess(r -> arrivals.acknowledged(key(thread, r.getString("id")))))
                    .getString("id");
            through.add(arrivals.lag(key(thread, id)));
        }
        Map<String, Double> spent = operations();
        spent.replaceAll((operation, count) -> count - before.getOrDefault(operation, 0.0));
        double sends = spent.getOrDefault("sendMessage", 1.0);
        double calls = spent.values().stream().mapToDouble(Double::doubleValue).sum();
        List<Long> lags = past(other, threads, past, arrivals);
        System.out.printf(
                "figures: latency %d ms, subscribers %d: calls per message %.2f, per delivered event %.4f (%s); through:"
                        + " p50 %.1f p99 %.1f ms; past: p50 %.0f p99 %.0f ms (%d)%n",
                latencyMs,
                subscribers,
                calls / sends,
                calls / sends / subscribers,
                spent,
                quantile(through, 0.5),
                quantile(through, 0.99),
                quantile(lags, 0.5),
                quantile(lags, 0.99),
                lags.size());
        clients.forEach(FigureClient::close);
        writer.close();
    }

    private static List<Long> past(ServiceUser other, List<String> threads, int samples, Arrivals arrivals)
            throws Exception {
        List<Long> lags = new ArrayList<>();
        while (lags.size() < samples) {
            List<String> ids = new ArrayList<>();
            for (String thread : threads) {
                String id = key(thread, other.send(thread, "past"));
                arrivals.acknowledged(id);
                ids.add(id);
            }
            for (String id : ids) {
                lags.add(arrivals.lag(id));
            }
        }
        return lags;
    }

    /** Ids are times: two threads may have the same. */
    private static String key(String threadId, String messageId) {
        return threadId + " " + messageId;
    }

    @Test
    void resume_of_many_at_once() throws Exception {
        faults(new JsonObject());
        List<ServiceUser> users = new ArrayList<>();
        List<String> threads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            users.add(ServiceUser.create(GATEWAY));
        }
        for (int i = 0; i < THREADS; i++) {
            threads.add(users.get(0)
                    .createThread("resume " + i, users.subList(1, 20).toArray(ServiceUser[]::new)));
        }
        List<FigureClient> clients = new ArrayList<>();
        for (int i = 0; i < RESUMES; i++) {
            FigureClient client = await(connect(users.get(i % 20), null, new Arrivals(0)));
            String thread = threads.get(i % THREADS);
            await(onLoop(client, c -> c.subscribe(thread, null)));
            clients.add(client);
        }
        clients.forEach(FigureClient::close);
        for (String thread : threads) {
            users.get(1).send(thread, "while they were away");
        }
        Map<String, Double> before = operations();
        CountDownLatch done = new CountDownLatch(RESUMES);
        Map<String, Integer> recovered = new ConcurrentHashMap<>();
        long started = System.nanoTime();
        for (int i = 0; i < RESUMES; i++) {
            FigureClient old = clients.get(i);
            String thread = threads.get(i % THREADS);
            connect(users.get(i % 20), old.ticket(), new Arrivals(0))
                    .compose(c -> c.subscribe(thread, old.cursor()))
                    .onComplete(r -> {
                        recovered.merge(r.succeeded() ? r.result().getString("recovered") : "failed", 1, Integer::sum);
                        done.countDown();
                    });
        }
        assertThat(done.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        double seconds = (System.nanoTime() - started) / 1e9;
        Map<String, Double> after = operations();
        after.replaceAll((operation, count) -> count - before.getOrDefault(operation, 0.0));
        System.out.printf(
                "figures: %d resumes over %d threads in %.1f s: %s; calls %s%n",
                RESUMES, THREADS, seconds, recovered, after);
        assertThat(recovered).containsOnlyKeys("complete");
        assertThat(after.getOrDefault("listParticipants", 0.0)).isLessThanOrEqualTo(THREADS);
        assertThat(after.getOrDefault("listThreads", 0.0)).isZero();
    }

    /** When a message had reached every subscriber, after its acknowledgement. */
    private static final class Arrivals {
        private final int expected;
        private final Map<String, List<Long>> times = new ConcurrentHashMap<>();
        private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();

        Arrivals(int expected) {
            this.expected = expected;
        }

        void acknowledged(String id) {
            acknowledged.put(id, System.nanoTime());
        }

        void add(String id, long at) {
            List<Long> list = times.computeIfAbsent(id, k -> Collections.synchronizedList(new ArrayList<>()));
            list.add(at);
            synchronized (this) {
                notifyAll();
            }
        }

        long lag(String id) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            synchronized (this) {
                while (times.getOrDefault(id, List.of()).size() < expected && System.nanoTime() < end) {
                    wait(100);
                }
            }
            assertThat(times.getOrDefault(id, List.of())).hasSize(expected);
            return Math.max(0, Collections.max(times.remove(id)) - acknowledged.remove(id));
        }
    }

    private static Future<FigureClient> connect(ServiceUser user, String ticket, Arrivals arrivals) {
        URI uri = GATEWAY.endpoints().webSocket();
        return FigureClient.connect(SOCKETS, uri, user.token(), ticket, arrivals::add);
    }

    private static <T> Future<T> onLoop(
            FigureClient client, java.util.function.Function<FigureClient, Future<T>> call) {
        io.vertx.core.Promise<T> promise = io.vertx.core.Promise.promise();
        CLIENTS.runOnContext(v -> call.apply(client).onComplete(promise));
        return promise.future();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static double quantile(List<Long> nanos, double q) {
        if (nanos.isEmpty()) {
            return Double.NaN;
        }
        List<Long> sorted = nanos.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, (int) (q * sorted.size()))) / 1e6;
    }

    private static Map<String, Double> operations() throws Exception {
        String page = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(GATEWAY.endpoints().management().resolve("/metrics"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
        Matcher matcher = Pattern.compile(
                        "(?m)^chatgateway_upstream_requests_seconds_count\\{operation=\"(\\w+)\",status=\"\\w+\"} (\\S+)")
                .matcher(page);
        Map<String, Double> operations = new java.util.TreeMap<>();
        while (matcher.find()) {
            operations.merge(matcher.group(1), Double.parseDouble(matcher.group(2)), Double::sum);
        }
        return operations;
    }

    private static void faults(JsonObject faults) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        GATEWAY.endpoints().management().resolve("/faults"))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(faults.encode()))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isBetween(200, 299);
    }
}
