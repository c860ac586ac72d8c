package dev.chatgateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The gateway's own meters; no other class makes one. Labels are closed sets: never a thread, a user or a free text. May
 * be called from any thread.
 */
public final class GatewayMetrics {
    private static final Duration[] CALL_BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    private final MeterRegistry registry;
    private final Map<String, Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, Timer> timers = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger subscriptions = new AtomicInteger();
    private final AtomicInteger watchedThreads = new AtomicInteger();
    private final AtomicInteger slowConnections = new AtomicInteger();
    private final AtomicLong outboundBytes = new AtomicLong();
    private final Counter conflated;
    private final Counter deflatedFrom;
    private final Counter deflatedTo;
    private final Counter outboundResyncs;
    private final Counter pushDisagreed;
    private final Counter missed;
    private final Timer lag;
    private final DistributionSummary audience;

    public GatewayMetrics(MeterRegistry registry) {
        this.registry = registry;
        registry.gauge("chatgateway.connections", connections);
        registry.gauge("chatgateway.subscriptions", subscriptions);
        registry.gauge("chatgateway.watched.threads", watchedThreads);
        registry.gauge("chatgateway.connections.slow", slowConnections);
        registry.gauge("chatgateway.outbound.queued.bytes", outboundBytes);
        deflatedFrom =
                Counter.builder("chatgateway.outbound.deflated.input.bytes").register(registry);
        deflatedTo =
                Counter.builder("chatgateway.outbound.deflated.output.bytes").register(registry);
        conflated = Counter.builder("chatgateway.outbound.conflated").register(registry);
        pushDisagreed = Counter.builder("chatgateway.push.disagreements").register(registry);
        outboundResyncs = Counter.builder("chatgateway.outbound.resyncs").register(registry);
        missed = Counter.builder("chatgateway.missed.events")
                .description("Changes that an audit found and no subscriber was told of; must stay 0")
                .register(registry);
        lag = Timer.builder("chatgateway.event.lag")
                .description("From the change, by the service's clock, to the write to sockets")
                .serviceLevelObjectives(CALL_BUCKETS)
                .register(registry);
        audience = DistributionSummary.builder("chatgateway.fanout.audience")
                .description("Subscribers that one encoded event was written to")
                .serviceLevelObjectives(1, 10, 100, 1000, 10000)
                .register(registry);
    }

    /** Meters that nobody reads, for simulations. */
    public static GatewayMetrics unread() {
        return new GatewayMetrics(new SimpleMeterRegistry());
    }

    /** A WebSocket has been upgraded. */
    public void connectionOpened() {
        connections.incrementAndGet();
    }

    /** A WebSocket has ended; the code is a number that the protocol knows, or a word for all others. */
    public void connectionClosed(String closeCode) {
        connections.decrementAndGet();
        count("chatgateway.connections.closed", "code", closeCode);
    }

    /** Connections that more waits for than their sockets take have become more (positive) or fewer. */
    public void slowConnections(int change) {
        slowConnections.addAndGet(change);
    }

    /** What waits for slow connections has become more or less by so many bytes. */
    public void outboundBytes(long change) {
        outboundBytes.addAndGet(change);
    }

    /** So many events were left out for a slow connection, as newer ones of their kind followed. */
    public void conflated(int frames) {
        conflated.increment(frames);
    }

    /** A notification was deflated, once for many receivers. */
    public void deflated(int fromBytes, int toBytes) {
        deflatedFrom.increment(fromBytes);
        deflatedTo.increment(toBytes);
    }

    /** How many threads this node reads, how many others read for it, and of these how many while they are silent. */
    public void clusterThreads(Supplier<Number> own, Supplier<Number> followed, Supplier<Number> unread) {
        Gauge.builder("chatgateway.cluster.threads", unread)
                .tag("role", "unread")
                .register(registry);
        Gauge.builder("chatgateway.cluster.threads", own).tag("role", "own").register(registry);
        Gauge.builder("chatgateway.cluster.threads", followed)
                .tag("role", "follows")
                .register(registry);
    }

    /** A message went to another node. */
    public void nodeMessage(String kind) {
        registry.counter("chatgateway.cluster.messages", "kind", kind.toLowerCase(java.util.Locale.ROOT))
                .increment();
    }

    /** Slow connections were told to take fresh state of so many threads. */
    public void outboundResyncs(int threads) {
        outboundResyncs.increment(threads);
    }

    /** An event of Event Grid came; the outcome is a word of a closed list. */
    public void pushed(String outcome) {
        count("chatgateway.push.events", "outcome", outcome);
    }

    /** A reading found what no push announced in time. */
    public void pushDisagreed() {
        pushDisagreed.increment();
    }

    /** An upgrade was refused; the reason is a word of a closed list. */
    public void connectionRefused(String reason) {
        count("chatgateway.connections.refused", "reason", reason);
    }

    /** Subscriptions have come (positive) or gone (negative). */
    public void subscriptions(int change) {
        subscriptions.addAndGet(change);
    }

    /** Threads have come to be read (positive) or are no longer read (negative). */
    public void watchedThreads(int change) {
        watchedThreads.addAndGet(change);
    }

    /** A request of a client was answered; the outcome is {@code ok} or the error code. */
    public void request(String method, String outcome, long nanos) {
        timer("chatgateway.requests", "method", method, "outcome", outcome).record(Duration.ofNanos(nanos));
    }

    /** A call of the chat service ended; the status is the HTTP status, or {@code none} without an answer. */
    public void upstreamRequest(String operation, String status, long nanos) {
        timer("chatgateway.upstream.requests", "operation", operation, "status", status)
                .record(Duration.ofNanos(nanos));
    }

    /** A call was refused or delayed by the gateway's own ledger. */
    public void ledger(String outcome) {
        count("chatgateway.ledger", "outcome", outcome);
    }

    /** What is left of a limit, 0 to 1; the limit is a name of a closed list. Keeps the supplier for ever. */
    public void ledgerBudget(String limit, DoubleSupplier left) {
        Gauge.builder("chatgateway.ledger.budget.ratio", left::getAsDouble)
                .description("Least share of the limit that any user or thread had left in the last 10 to 20 s")
                .tag("limit", limit)
                .register(registry);
    }

    /** A thread was read; the outcome is one of changed, unchanged, throttled, refused, error. */
    public void poll(String outcome) {
        count("chatgateway.polls", "outcome", outcome);
    }

    /** A thread was audited; the outcome is one of clean, missed, void. */
    public void audit(String outcome) {
        count("chatgateway.audits", "outcome", outcome);
    }

    /** An audit found that many changes that no subscriber was told of. */
    public void missed(int changes) {
        missed.increment(changes);
    }

    /** One event was handed to that many sockets. */
    public void delivered(String type, int sockets) {
        counter("chatgateway.events.delivered", "type", type).increment(sockets);
        audience.record(sockets);
    }

    /** Time from a change to its write to the sockets of one loop. */
    public void lag(long millis) {
        lag.record(Duration.ofMillis(Math.max(0, millis)));
    }

    /** Something was dropped, merged or cut off because a named limit was reached. */
    public void limitHit(String limit) {
        count("chatgateway.limits.hit", "limit", limit);
    }

    /** The registry, for the page of the management port and for Vert.x's own meters. */
    public MeterRegistry registry() {
        return registry;
    }

    private void count(String name, String key, String value) {
        counter(name, key, value).increment();
    }

    private Counter counter(String name, String key, String value) {
        return counters.computeIfAbsent(
                name + '|' + value, k -> Counter.builder(name).tag(key, value).register(registry));
    }

    private Timer timer(String name, String key1, String value1, String key2, String value2) {
        return timers.computeIfAbsent(name + '|' + value1 + '|' + value2, k -> Timer.builder(name)
                .tag(key1, value1)
                .tag(key2, value2)
                .serviceLevelObjectives(CALL_BUCKETS)
                .register(registry));
    }
}
