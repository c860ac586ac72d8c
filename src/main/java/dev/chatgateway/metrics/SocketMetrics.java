package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Counts of the WebSocket side: connections, requests, traffic. Any thread. */
public final class SocketMetrics {
    private static final MeterSpec CONNECTIONS = MeterSpec.gauge("connections", "Open WebSockets and streams");
    private static final MeterSpec OPENED =
            MeterSpec.counter("connections_opened_total", "WebSockets upgraded and streams opened");
    private static final MeterSpec CLOSED = MeterSpec.counter(
            "connections_closed_total",
            "WebSockets and streams ended, by close code (docs/protocol.md)",
            Label.of(
                    "code",
                    Stream.concat(
                                    IntStream.rangeClosed(1000, 1014).mapToObj(Integer::toString),
                                    Stream.of(
                                            "4400",
                                            "4401",
                                            "4403",
                                            "4406",
                                            "4408",
                                            "4409",
                                            "4413",
                                            "4429",
                                            Label.OTHER))
                            .toList()));
    private static final MeterSpec REFUSED = MeterSpec.counter(
            "connections_refused_total",
            "WebSockets and streams refused with an HTTP status",
            Label.of(
                    "reason",
                    "origin",
                    "tokenInQuery",
                    "subprotocol",
                    "noUpgrade",
                    "malformed",
                    "version",
                    "nodeFull",
                    "handshakesPerSecond",
                    "handshakeTimeout",
                    "draining",
                    "untrustedProxy",
                    Label.OTHER));
    private static final MeterSpec HANDSHAKE = MeterSpec.histogram(
            "handshake_seconds", MeterSpec.SECONDS, "From the accepted connection to its upgrade, TLS included");
    private static final MeterSpec AUTHENTICATION = MeterSpec.histogram(
            "authentication_seconds",
            MeterSpec.SECONDS,
            "From a token that a client sends to its verification by the service, or by a ticket that makes the call unnecessary",
            Label.of("outcome", "accepted", "refused"));
    private static final MeterSpec TOKEN_LIFE = MeterSpec.histogram(
            "token_life_seconds",
            List.of(60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0),
            "Remaining life of the accepted tokens that clients signed in with");
    private static final MeterSpec REQUESTS = MeterSpec.histogram(
            "requests_seconds",
            MeterSpec.SECONDS,
            "Duration of clients' requests, from the frame to the response",
            Label.named("method", "a method of docs/protocol.md, or `unknown`"),
            Label.named("outcome", "`ok`, or an error code of docs/protocol.md"));
    private static final MeterSpec FRAMES_IN =
            MeterSpec.counter("received_frames_total", "WebSocket frames from clients, pongs included");
    private static final MeterSpec BYTES_IN =
            MeterSpec.counter("received_bytes_total", "Payload bytes of those frames");
    private static final MeterSpec FRAMES_OUT =
            MeterSpec.counter("sent_frames_total", "Text messages handed to sockets: responses and notifications");
    private static final MeterSpec BYTES_OUT = MeterSpec.counter("sent_bytes_total", "Bytes of those messages");
    private static final MeterSpec PING =
            MeterSpec.histogram("ping_rtt_seconds", MeterSpec.SECONDS, "From a ping to its pong");
    private static final MeterSpec SLOW = MeterSpec.gauge(
            "connections_slow", "Connections whose outbound queue is not empty because the client reads too slowly");
    private static final MeterSpec QUEUED =
            MeterSpec.gauge("outbound_queued_bytes", "Bytes in all outbound queues of slow connections");
    private static final MeterSpec BACKLOG = MeterSpec.histogram(
            "outbound_backlog_bytes",
            List.of(1024.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0),
            "Outbound queue of one slow connection, sampled once a second");
    private static final MeterSpec CONFLATED = MeterSpec.counter(
            "outbound_conflated_total", "Events dropped for slow connections because newer events replaced them");
    private static final MeterSpec RESYNCS =
            MeterSpec.counter("outbound_resyncs_total", "Threads for which slow connections received `resync`");

    private static final MeterSpec DRAIN =
            MeterSpec.gauge("drain_seconds", "Time since SIGTERM; 0: the node is not draining");
    private static final MeterSpec DRAINED = MeterSpec.counter(
            "drain_connections_total",
            "Connections of a draining node: `told` to reconnect, `gone` by themselves, or `closed` with 1012 because they stayed",
            Label.of("outcome", "told", "gone", "closed"));
    private static final MeterSpec DEFLATED_FROM = MeterSpec.counter(
            "outbound_deflated_input_bytes_total",
            "Size before compression of events that were deflated once for many receivers");
    private static final MeterSpec DEFLATED_TO =
            MeterSpec.counter("outbound_deflated_output_bytes_total", "Size after compression of the same events");

    private static final MeterSpec UNSIGNED = MeterSpec.gauge(
            "unsigned_connections_bytes",
            "Estimated memory of connections to the client ports that have not signed in, of every kind"
                    + " (`limits.unsignedBytes`)");

    static final List<MeterSpec> ALL = List.of(
            CONNECTIONS,
            UNSIGNED,
            OPENED,
            CLOSED,
            REFUSED,
            HANDSHAKE,
            AUTHENTICATION,
            TOKEN_LIFE,
            REQUESTS,
            FRAMES_IN,
            BYTES_IN,
            FRAMES_OUT,
            BYTES_OUT,
            PING,
            SLOW,
            QUEUED,
            BACKLOG,
            CONFLATED,
            RESYNCS,
            DRAIN,
            DRAINED,
            DEFLATED_FROM,
            DEFLATED_TO);

    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger slow = new AtomicInteger();
    private final AtomicLong queued = new AtomicLong();
    private volatile DoubleSupplier drain = () -> 0;
    private volatile LongSupplier unsigned = () -> 0;
    private final Counter opened;
    private final Family<Counter> closed;
    private final Family<Counter> refused;
    private final Timer handshake;
    private final Timer accepted;
    private final Timer denied;
    private final Timer tokenLife;
    private final Family<Timer> requests;
    private final Counter framesIn;
    private final Counter bytesIn;
    private final Counter framesOut;
    private final Counter bytesOut;
    private final Timer ping;
    private final DistributionSummary backlog;
    private final Counter conflated;
    private final Counter resyncs;
    private final Family<Counter> drained;
    private final Counter deflatedFrom;
    private final Counter deflatedTo;

    SocketMetrics(Meters meters) {
        meters.gauge(DRAIN, () -> drain.getAsDouble());
        meters.gauge(UNSIGNED, () -> unsigned.getAsLong());
        drained = meters.counters(DRAINED);
        meters.gauge(CONNECTIONS, open::get);
        meters.gauge(SLOW, slow::get);
        meters.gauge(QUEUED, queued::get);
        opened = meters.counter(OPENED);
        closed = meters.counters(CLOSED);
        refused = meters.counters(REFUSED);
        handshake = meters.timer(HANDSHAKE);
        accepted = meters.timer(AUTHENTICATION, "accepted");
        denied = meters.timer(AUTHENTICATION, "refused");
        tokenLife = meters.timer(TOKEN_LIFE);
        requests = new Family<>(key -> {
            int cut = key.lastIndexOf('|');
            return meters.timer(REQUESTS, key.substring(0, cut), key.substring(cut + 1));
        });
        framesIn = meters.counter(FRAMES_IN);
        bytesIn = meters.counter(BYTES_IN);
        framesOut = meters.counter(FRAMES_OUT);
        bytesOut = meters.counter(BYTES_OUT);
        ping = meters.timer(PING);
        backlog = meters.summary(BACKLOG);
        conflated = meters.counter(CONFLATED);
        resyncs = meters.counter(RESYNCS);
        deflatedFrom = meters.counter(DEFLATED_FROM);
        deflatedTo = meters.counter(DEFLATED_TO);
    }

    /** Memory of connections that have not signed in. Keeps the supplier for ever. */
    public void unsigned(LongSupplier bytes) {
        unsigned = bytes;
    }

    /** Records an upgraded WebSocket and the time since its connection was opened. */
    public void connectionOpened(long millis) {
        open.incrementAndGet();
        opened.increment();
        handshake.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** Records the end of a WebSocket; a code that the protocol does not know counts as {@link Label#OTHER}. */
    public void connectionClosed(String closeCode) {
        open.decrementAndGet();
        closed.of(closeCode).increment();
    }

    /** Records a refused upgrade; the reason is a word of a closed list. */
    public void connectionRefused(String reason) {
        refused.of(reason).increment();
    }

    /**
     * Records the verification of a token.
     *
     * @param lifeMs its remaining life
     */
    public void authenticated(boolean valid, long nanos, long lifeMs) {
        (valid ? accepted : denied).record(nanos, TimeUnit.NANOSECONDS);
        if (valid) {
            tokenLife.record(Math.max(0, lifeMs), TimeUnit.MILLISECONDS);
        }
    }

    /** Records a client's request; the outcome is {@code ok} or the error code. */
    public void request(String method, String outcome, long nanos) {
        requests.of(method + '|' + outcome).record(Duration.ofNanos(nanos));
    }

    /** Adds what one event loop has read and written since its last call. */
    public void traffic(long readFrames, long readBytes, long writtenFrames, long writtenBytes) {
        framesIn.increment((double) readFrames);
        bytesIn.increment((double) readBytes);
        framesOut.increment((double) writtenFrames);
        bytesOut.increment((double) writtenBytes);
    }

    /** Records the time from a ping to its pong. */
    public void pong(long millis) {
        ping.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** Changes the number of slow connections. */
    public void slowConnections(int change) {
        slow.addAndGet(change);
    }

    /** Changes the number of bytes in the outbound queues of slow connections. */
    public void outboundBytes(long change) {
        queued.addAndGet(change);
    }

    /** Records the outbound queue of one slow connection. */
    public void backlog(long bytes) {
        backlog.record((double) bytes);
    }

    /** Records events that newer ones replaced in the outbound queue of a slow connection. */
    public void conflated(int frames) {
        conflated.increment(frames);
    }

    /** Records threads for which slow connections received {@code resync}. */
    public void outboundResyncs(int threads) {
        resyncs.increment(threads);
    }

    /** Sets the source of the seconds since the drain began. Keeps the supplier for ever. */
    public void draining(DoubleSupplier seconds) {
        drain = seconds;
    }

    /** Records connections of a draining node; the outcome is one of told, gone, closed. */
    public void drained(String outcome, int connections) {
        drained.of(outcome).increment(connections);
    }

    /** Records the sizes of an event that was deflated once for many receivers. */
    public void deflated(int fromBytes, int toBytes) {
        deflatedFrom.increment(fromBytes);
        deflatedTo.increment(toBytes);
    }
}
