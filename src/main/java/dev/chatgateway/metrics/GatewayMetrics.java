package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import dev.chatgateway.tracing.SpanCounts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/**
 * The gateway's own meters, by the room that counts; no other class makes one. Labels are closed sets: never a thread, a
 * user or a free text. May be called from any thread.
 */
public final class GatewayMetrics {
    private static final MeterSpec LIMITS = MeterSpec.counter(
            "limits_hit_total",
            "Something was dropped, merged, refused or cut off because a named limit was reached",
            Label.of(
                    "limit",
                    "bodyBytes",
                    "bodySeconds",
                    "bus.updates",
                    "clientMessageIds",
                    "cluster.claim",
                    "cluster.drift",
                    "cluster.duplicate",
                    "cluster.gap",
                    "cluster.malformed",
                    "cluster.postponed",
                    "cluster.unacknowledged",
                    "cluster.unsent",
                    "connectionsPerUser",
                    "digest.pages",
                    "fanout.fault",
                    "fanout.queue",
                    "handshakeSeconds",
                    "headerBytes",
                    "inFlight",
                    "ingest.inFlight",
                    "ledgerScopes",
                    "outboundBytes",
                    "outboundSeconds",
                    "passedBodies",
                    "passedHeaders",
                    "passedPage",
                    "passedPages",
                    "passedThrough",
                    "poll.aboveMark",
                    "poll.audits",
                    "poll.pages",
                    "poll.pairs",
                    "poll.resumePages",
                    "requestsPerSecond",
                    "signaling.detachedSessions",
                    "signaling.packets",
                    "signaling.sessions",
                    "signaling.sessionsPerUser",
                    "signaling.silent",
                    "signaling.threads",
                    "signaling.unacknowledged",
                    "signaling.unacknowledgedSeconds",
                    "unknownMessageType",
                    "unprovenCallsAtOnce",
                    "unsigned",
                    "unsignedSockets",
                    "userCallsAtOnce",
                    "userRequestsPerSecond",
                    "watch.checks",
                    "watch.views",
                    "watch.waiting",
                    Label.OTHER));
    private static final MeterSpec RELOADS = MeterSpec.counter(
            "reloads_total",
            "Files read again while running; partly: some changes need a restart",
            Label.of("what", "certificate", "configuration"),
            Label.of("outcome", "taken", "partly", "refused"));
    private static final MeterSpec CERTIFICATE_ENDS = MeterSpec.gauge(
            "certificate_expiry_timestamp_seconds",
            "When the certificate in force ends, seconds since 1970: that of the TLS port (`clients`), and in a cluster that"
                    + " of the event bus (`cluster`), which is read at the start only",
            Label.of("what", "clients", "cluster"));
    private static final MeterSpec LOOP_LAG = MeterSpec.gauge(
            "event_loop_lag_max_seconds",
            "Longest that any event loop let a due timer wait in the last 10 to 20 s, one that waits now included");
    private static final MeterSpec DIRECT =
            MeterSpec.gauge("direct_memory_bytes", "Memory outside the heap that network buffers hold");

    private static final MeterSpec SPANS = MeterSpec.counter(
            "spans_total",
            "Sampled spans of traces: taken by the collector, sent in vain, or never sent as too many waited",
            Label.of("outcome", "exported", "failed", "dropped"));

    private final MeterRegistry registry;
    private final Meters meters;
    private final SocketMetrics sockets;
    private final FanoutMetrics fanout;
    private final PollMetrics polls;
    private final UpstreamMetrics upstream;
    private final ClusterMetrics cluster;
    private final SignalingMetrics signaling;
    private final Family<Counter> limits;
    private final Family<AtomicLong> certificateEnds;

    public GatewayMetrics(MeterRegistry registry) {
        this.registry = registry;
        meters = new Meters(registry);
        sockets = new SocketMetrics(meters);
        fanout = new FanoutMetrics(meters);
        polls = new PollMetrics(meters);
        upstream = new UpstreamMetrics(meters);
        cluster = new ClusterMetrics(meters);
        signaling = new SignalingMetrics(meters);
        limits = meters.counters(LIMITS);
        certificateEnds = new Family<>(what -> {
            AtomicLong seconds = new AtomicLong();
            meters.gauge(CERTIFICATE_ENDS, seconds::get, what);
            return seconds;
        });
        for (String what : RELOADS.labels().get(0).values()) {
            RELOADS.labels().get(1).values().forEach(outcome -> meters.counter(RELOADS, what, outcome));
        }
    }

    /** Meters that nobody reads, for simulations. */
    public static GatewayMetrics unread() {
        return new GatewayMetrics(new SimpleMeterRegistry());
    }

    /** Every meter of the gateway, for docs/metrics.md. */
    public static List<MeterSpec> catalogue() {
        return Stream.of(
                        SocketMetrics.ALL,
                        FanoutMetrics.ALL,
                        PollMetrics.ALL,
                        UpstreamMetrics.ALL,
                        ClusterMetrics.ALL,
                        SignalingMetrics.ALL,
                        List.of(LIMITS, RELOADS, CERTIFICATE_ENDS, LOOP_LAG, DIRECT, SPANS))
                .flatMap(List::stream)
                .toList();
    }

    /** What the edge counts. */
    public SocketMetrics sockets() {
        return sockets;
    }

    /** What the hubs count. */
    public FanoutMetrics fanout() {
        return fanout;
    }

    /** What the poller counts. */
    public PollMetrics polls() {
        return polls;
    }

    /** What calls of the chat service count. */
    public UpstreamMetrics upstream() {
        return upstream;
    }

    /** What a node of a cluster counts. */
    public ClusterMetrics cluster() {
        return cluster;
    }

    /** What the live channel of the official client libraries counts. */
    public SignalingMetrics signaling() {
        return signaling;
    }

    /** A file was read again while running; what: certificate or configuration; outcome: taken, partly or refused. */
    public void reloaded(String what, String outcome) {
        meters.counter(RELOADS, what, outcome).increment();
    }

    /** A certificate came into force; what: clients or cluster. One that is not in use is not told at all. */
    public void certificateEnds(String what, Instant end) {
        certificateEnds.of(what).set(end.getEpochSecond());
    }

    /** Something was dropped, merged or cut off because a named limit was reached. */
    public void limitHit(String limit) {
        limits.of(limit).increment();
    }

    /** How late the event loops are, in seconds. Keeps the supplier for ever. */
    public void loopLag(DoubleSupplier seconds) {
        meters.gauge(LOOP_LAG, seconds);
    }

    /** Memory of network buffers. Keeps the supplier for ever. */
    public void directMemory(DoubleSupplier bytes) {
        meters.gauge(DIRECT, bytes);
    }

    /** What became of spans. Held by the caller. */
    public void spans(SpanCounts counts) {
        meters.counted(SPANS, counts, SpanCounts::exported, "exported");
        meters.counted(SPANS, counts, SpanCounts::failed, "failed");
        meters.counted(SPANS, counts, SpanCounts::dropped, "dropped");
    }

    /** The registry, for the page of the management port and for Vert.x's own meters. */
    public MeterRegistry registry() {
        return registry;
    }
}
