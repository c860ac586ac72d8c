package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import dev.chatgateway.tracing.Tracing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;

/**
 * The gateway's own meters, grouped by the package that counts; only this package makes meters. Labels are closed sets:
 * never a thread, a user or a free text. Any thread.
 */
public final class GatewayMetrics {
    private static final MeterSpec LIMITS = MeterSpec.counter(
            "limits_hit_total",
            "Data was dropped, merged or cut off, or a request was refused, because a named limit was reached",
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
                    "signaling.grants",
                    "signaling.outboundBytes",
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
            "Reloads of files; `partly`: some changes need a restart",
            Label.of("what", "certificate", "configuration"),
            Label.of("outcome", "taken", "partly", "refused"));
    private static final MeterSpec CERTIFICATE_ENDS = MeterSpec.gauge(
            "certificate_expiry_timestamp_seconds",
            "Expiry of the certificate in use, seconds since 1970: of the TLS port (`clients`), and in a cluster of the event"
                    + " bus (`cluster`), which is read at the start only",
            Label.of("what", "clients", "cluster"));
    private static final MeterSpec LOOP_LAG = MeterSpec.gauge(
            "event_loop_lag_max_seconds",
            "Longest delay of a timer on any event loop in the last 10 to 20 s, a timer that is overdue now included");
    private static final MeterSpec DIRECT =
            MeterSpec.gauge("direct_memory_bytes", "Memory of network buffers outside the heap");

    private static final MeterSpec SPANS = MeterSpec.counter(
            "spans_total",
            "Sampled spans: `exported`, accepted by the collector; `failed`, sent without success; `dropped`, because the queue was full",
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

    /** Meters without a page, for simulations. */
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

    /** Counts of the WebSocket side. */
    public SocketMetrics sockets() {
        return sockets;
    }

    /** Counts of the hubs. */
    public FanoutMetrics fanout() {
        return fanout;
    }

    /** Counts of the poller. */
    public PollMetrics polls() {
        return polls;
    }

    /** Counts of calls to the chat service. */
    public UpstreamMetrics upstream() {
        return upstream;
    }

    /** Counts of a node of a cluster. */
    public ClusterMetrics cluster() {
        return cluster;
    }

    /** The meters of the live channel of the official client libraries. */
    public SignalingMetrics signaling() {
        return signaling;
    }

    /** Records a reload; what: certificate or configuration; outcome: taken, partly or refused. */
    public void reloaded(String what, String outcome) {
        meters.counter(RELOADS, what, outcome).increment();
    }

    /** Sets the expiry of a certificate in use; what: clients or cluster. Without a call the gauge does not exist. */
    public void certificateEnds(String what, Instant end) {
        certificateEnds.of(what).set(end.getEpochSecond());
    }

    /** Records that a named limit was reached. */
    public void limitHit(String limit) {
        limits.of(limit).increment();
    }

    /** Sets the source of the event loops' lag in seconds. Keeps the supplier for ever. */
    public void loopLag(DoubleSupplier seconds) {
        meters.gauge(LOOP_LAG, seconds);
    }

    /** Sets the source of the memory of network buffers. Keeps the supplier for ever. */
    public void directMemory(DoubleSupplier bytes) {
        meters.gauge(DIRECT, bytes);
    }

    /** Counts spans by outcome. The caller must keep the object; the registry refers to it weakly. */
    public void spans(Tracing tracing) {
        for (Tracing.Outcome outcome : Tracing.Outcome.values()) {
            meters.counted(SPANS, tracing, t -> t.spans(outcome), outcome.name().toLowerCase(Locale.ROOT));
        }
    }

    /** The registry, for the page of the management port and for Vert.x's own meters. */
    public MeterRegistry registry() {
        return registry;
    }
}
