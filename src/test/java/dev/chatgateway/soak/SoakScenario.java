package dev.chatgateway.soak;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * Threads, clients that come and go, writes through the gateway and past it, faults; then quiet, and the comparison of
 * every client with the service.
 */
final class SoakScenario implements AutoCloseable {
    private static final int MEMBERS = 5;
    private static final int LATEST = 200;

    private final GatewayExtension gateway;
    private final Supplier<List<Site>> sites;
    private final Random random;
    private final Vertx vertx = Vertx.vertx();
    private final WebSocketClient sockets = vertx.createWebSocketClient(new WebSocketClientOptions()
            .setMaxConnections(100_000)
            .setMaxFrameSize(1 << 20)
            .setMaxMessageSize(1 << 22));
    private final ScheduledExecutorService writers = Executors.newScheduledThreadPool(4);
    private final List<ServiceUser> users = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<SoakClient> clients = new ArrayList<>();
    private final Map<String, ChatSocket> writing = new ConcurrentHashMap<>();
    private final SoakClient.Totals totals = new SoakClient.Totals();
    private volatile int writes;
    private volatile int refusals;

    /** A thread, its members, and the messages that its members may change. */
    private record Thread(String id, List<ServiceUser> members, Map<String, ServiceUser> messages) {}

    /** A gateway that clients can choose. */
    record Site(URI webSocket, URI management) {}

    SoakScenario(GatewayExtension gateway, long seed) {
        this(
                gateway,
                seed,
                () -> List.of(new Site(
                        gateway.endpoints().webSocket(), gateway.endpoints().management())));
    }

    /**
     * @param gateway whose embedded service is used, and which makes the users
     * @param sites the gateways that clients connect to, those of now
     */
    SoakScenario(GatewayExtension gateway, long seed, Supplier<List<Site>> sites) {
        this.gateway = gateway;
        this.sites = sites;
        this.random = new Random(seed);
    }

    /** Makes users and threads; the service's limit on making threads is per user. */
    void prepare(int userCount, int threadCount) {
        for (int i = 0; i < userCount; i++) {
            users.add(ServiceUser.create(gateway));
        }
        for (int i = 0; i < threadCount; i++) {
            List<ServiceUser> members = new ArrayList<>();
            for (int m = 0; m < Math.min(MEMBERS, userCount); m++) {
                members.add(users.get((i + m * 7) % userCount));
            }
            ServiceUser owner = members.get(0);
            String id = owner.createThread(
                    "soak " + i, members.subList(1, members.size()).toArray(ServiceUser[]::new));
            threads.add(new Thread(id, members, new ConcurrentHashMap<>()));
        }
    }

    /** Starts clients, each on two threads of its user, and that many writes a second. */
    void run(int clientCount, double writesPerSecond) {
        for (int i = 0; i < clientCount; i++) {
            Thread one = threads.get(i % threads.size());
            ServiceUser user =
                    one.members().get((i / threads.size()) % one.members().size());
            List<String> mine = threads.stream()
                    .filter(t -> t.members().contains(user))
                    .limit(2)
                    .map(Thread::id)
                    .toList();
            List<String> chosen = mine.contains(one.id()) ? mine : List.of(one.id(), mine.get(0));
            SoakClient client =
                    new SoakClient(vertx, sockets, this::site, user, chosen, new Random(random.nextLong()), totals);
            clients.add(client);
            vertx.runOnContext(v -> client.start());
        }
        long period = (long) (1e9 / writesPerSecond);
        // With a delay: after an outage no crowd of writes is due that neither service nor gateway would take.
        writers.scheduleWithFixedDelay(this::write, period, period, TimeUnit.NANOSECONDS);
    }

    /** Sets the embedded service's fault switches. */
    void faults(JsonObject faults) {
        HttpRequest request = HttpRequest.newBuilder(
                        gateway.endpoints().management().resolve("/faults"))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(faults.encode()))
                .build();
        try {
            HttpResponse<String> answer = SoakRun.HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new AssertionError(answer.body());
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Faults: nothing but 503. */
    static JsonObject unavailable() {
        return new JsonObject()
                .put(
                        "rules",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("kind", "status")
                                        .put("status", 503)
                                        .put("rate", 1)));
    }

    /** Calls of the service so far, by the gateway's own count; of the operations that match. */
    double calls(String operation) {
        return metric("chatgateway_upstream_requests_seconds_count\\{operation=\"" + operation + "\",status=\"\\w+\"}");
    }

    /** Changes that the node's own auditor found and nobody was told of. */
    double missed() {
        return metric("chatgateway_missed_events_total");
    }

    /** Audits that came to a verdict. */
    double audits() {
        return metric("chatgateway_audits_total\\{outcome=\"(?:clean|missed)\"}");
    }

    /** The sum of a meter at all sites. */
    double metric(String name) {
        return sites.get().stream()
                .mapToDouble(site -> metric(name, site.management().resolve("/metrics")))
                .sum();
    }

    static double metric(String name, URI uri) {
        Pattern line = Pattern.compile("(?m)^" + name + " (\\S+)");
        try {
            String page = SoakRun.HTTP
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            return line.matcher(page)
                    .results()
                    .mapToDouble(r -> Double.parseDouble(r.group(1)))
                    .sum();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets it run; awaits nothing but the end of the time. */
    void during(Duration time) {
        Instant end = Instant.now().plus(time);
        Awaitility.await()
                .atMost(time.plusSeconds(30))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> Instant.now().isAfter(end));
    }

    /** No more writes and no more departures; then every client must come to agree with the service. */
    List<String> settle(Duration limit) {
        writers.shutdownNow();
        stay();
        List<String> differences = new ArrayList<>(List.of("not compared yet"));
        Instant end = Instant.now().plus(limit);
        while (!differences.isEmpty() && Instant.now().isBefore(end)) {
            during(Duration.ofSeconds(2));
            differences = compare();
        }
        return differences;
    }

    private List<String> compare() {
        Map<String, JsonArray> truth = new ConcurrentHashMap<>();
        List<String> differences = new ArrayList<>();
        for (SoakClient client : clients) {
            client.replicas().forEach((thread, replica) -> {
                JsonArray listing = truth.computeIfAbsent(thread, this::listing);
                replica.differences(listing)
                        .forEach(d -> differences.add(thread + " " + d + "\n" + client.trail(thread)));
            });
        }
        return differences;
    }

    private JsonArray listing(String threadId) {
        Thread thread = threads.stream()
                .filter(t -> t.id().equals(threadId))
                .findFirst()
                .orElseThrow();
        return thread.members()
                .get(0)
                .call("GET", ServiceUser.thread(threadId) + "/messages?maxPageSize=" + LATEST, null)
                .getJsonArray("value");
    }

    /** Counts over all clients so far. */
    SoakClient.Totals totals() {
        return totals;
    }

    /** Clients who were told that events of a thread are late, and not yet that they are timely again. */
    long late() {
        return clients.stream().filter(SoakClient::late).count();
    }

    /** Clients that are subscribed to all their threads. */
    long subscribed() {
        return clients.stream().filter(SoakClient::subscribed).count();
    }

    /** Everybody chooses a gateway anew. */
    void spread() {
        clients.forEach(c -> vertx.runOnContext(v -> c.move()));
        during(Duration.ofSeconds(1));
    }

    /** From now on nobody leaves. */
    void stay() {
        clients.forEach(c -> vertx.runOnContext(v -> c.stay()));
    }

    /** Waits for something, at most that long, and says how long it took. */
    Duration until(Duration limit, Callable<Boolean> condition) {
        Instant begin = Instant.now();
        Awaitility.await().atMost(limit).pollInterval(Duration.ofMillis(100)).until(condition);
        return Duration.between(begin, Instant.now());
    }

    /** What went wrong on the way at any client. */
    List<String> faultsSeen() {
        return clients.stream()
                .flatMap(c -> c.replicas().values().stream())
                .flatMap(r -> r.faults().stream())
                .toList();
    }

    /** One write by somebody in some thread, every second one past the gateway; refusals are expected under faults. */
    private void write() {
        try {
            Thread thread = threads.get(random.nextInt(threads.size()));
            ServiceUser author =
                    thread.members().get(random.nextInt(thread.members().size()));
            int kind = random.nextInt(10);
            Map.Entry<String, ServiceUser> old =
                    thread.messages().entrySet().stream().findFirst().orElse(null);
            if (kind < 7 || old == null) {
                String text = "m" + random.nextInt(1_000_000);
                String id = random.nextBoolean()
                        ? author.send(thread.id(), text)
                        : through(author, thread.id(), SoakClient.THROUGH + text);
                thread.messages().put(id, author);
            } else {
                String path = ServiceUser.thread(thread.id()) + "/messages/" + old.getKey();
                JsonObject edit = new JsonObject().put("content", "edited " + random.nextInt(1_000_000));
                boolean delete = kind == 9;
                old.getValue().call(delete ? "DELETE" : "PATCH", path, delete ? null : edit);
                thread.messages().remove(old.getKey());
            }
            writes++;
        } catch (AssertionError | RuntimeException e) {
            refusals++;
        }
    }

    private URI site() {
        List<Site> now = sites.get();
        return now.get(random.nextInt(now.size())).webSocket();
    }

    private String through(ServiceUser author, String threadId, String text) {
        ChatSocket socket = writing.compute(
                author.id(), (id, open) -> open != null && open.open() ? open : ChatSocket.signIn(site(), author));
        return socket.call(
                        "sendMessage",
                        new JsonObject().put("threadId", threadId).put("content", text))
                .getString("id");
    }

    /** What was done, for the note. */
    @Override
    public String toString() {
        return "threads " + threads.size() + ", clients " + clients.size() + ", writes " + writes + " (refused "
                + refusals + "), connects " + totals.connects + ", subscribes complete " + totals.complete + ", resync "
                + totals.resync + " " + totals.resyncs + ", events " + totals.events + ", errors "
                + totals.errors + ", unsubscribed "
                + totals.unsubscribed + ", audits " + audits() + ", missed " + missed() + ", degraded "
                + totals.degraded + ", told to move " + totals.moved + ", recovered " + totals.recovered;
    }

    @Override
    public void close() {
        writers.shutdownNow();
        writing.values().forEach(ChatSocket::close);
        clients.forEach(c -> vertx.runOnContext(v -> c.stop()));
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}
