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

/** What the edge counts: connections, their requests, what goes in and out. Any thread. */
public final class SocketMetrics {
    private static final MeterSpec CONNECTIONS = MeterSpec.gauge("connections", "Open WebSockets");
    private static final MeterSpec OPENED = MeterSpec.counter("connections_opened_total", "WebSockets upgraded");
    private static final MeterSpec CLOSED = MeterSpec.counter(
            "connections_closed_total",
            "WebSockets ended, by close code (docs/protocol.md)",
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
            "Refused before the upgrade",
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
            "From a shown token to the service's word on it, or to a ticket that saves asking",
            Label.of("outcome", "accepted", "refused"));
    private static final MeterSpec TOKEN_LIFE = MeterSpec.histogram(
            "token_life_seconds",
            List.of(60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0),
            "What was left of the tokens that clients signed in with, and that were accepted");
    private static final MeterSpec REQUESTS = MeterSpec.histogram(
            "requests_seconds",
            MeterSpec.SECONDS,
            "Requests of clients, from the frame to the answer",
            Label.named("method", "a method of docs/protocol.md, or `unknown`"),
            Label.named("outcome", "`ok`, or an error code of docs/protocol.md"));
    private static final MeterSpec FRAMES_IN =
            MeterSpec.counter("received_frames_total", "WebSocket frames of clients, pongs included");
    private static final MeterSpec BYTES_IN = MeterSpec.counter("received_bytes_total", "Data of those frames");
    private static final MeterSpec FRAMES_OUT =
            MeterSpec.counter("sent_frames_total", "Texts handed to sockets: answers and notifications");
    private static final MeterSpec BYTES_OUT = MeterSpec.counter("sent_bytes_total", "Bytes of those texts");
    private static final MeterSpec PING =
            MeterSpec.histogram("ping_rtt_seconds", MeterSpec.SECONDS, "From a ping to its pong");
    private static final MeterSpec SLOW =
            MeterSpec.gauge("connections_slow", "Connections that more waits for than their sockets take");
    private static final MeterSpec QUEUED = MeterSpec.gauge("outbound_queued_bytes", "What waits for them, in all");
    private static final MeterSpec BACKLOG = MeterSpec.histogram(
            "outbound_backlog_bytes",
            List.of(1024.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0),
            "What one connection has not taken, looked at once a second while there is any");
    private static final MeterSpec CONFLATED = MeterSpec.counter(
            "outbound_conflated_total", "Events left out for slow connections, as newer ones of their kind followed");
    private static final MeterSpec RESYNCS = MeterSpec.counter(
            "outbound_resyncs_total", "Threads that slow connections were told to take fresh state of");

    private static final MeterSpec DRAIN =
            MeterSpec.gauge("drain_seconds", "How long this node has been ending, since SIGTERM; 0: it is not");
    private static final MeterSpec MOVED = MeterSpec.counter(
            "drain_connections_total",
            "Connections of a node that ends: `told` to move, `gone` by themselves, or `closed` with 1012 as they stayed",
            Label.of("outcome", "told", "gone", "closed"));
    private static final MeterSpec DEFLATED_FROM = MeterSpec.counter(
            "outbound_deflated_input_bytes_total", "Events deflated, each once for many receivers: before");
    private static final MeterSpec DEFLATED_TO =
            MeterSpec.counter("outbound_deflated_output_bytes_total", "The same: after");

    private static final MeterSpec UNSIGNED = MeterSpec.gauge(
            "unsigned_connections_bytes",
            "What connections to the ports for clients are taken to hold that have not signed in, of whatever kind"
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
            MOVED,
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
    private final Family<Counter> moved;
    private final Counter deflatedFrom;
    private final Counter deflatedTo;

    SocketMetrics(Meters meters) {
        meters.gauge(DRAIN, () -> drain.getAsDouble());
        meters.gauge(UNSIGNED, () -> unsigned.getAsLong());
        moved = meters.counters(MOVED);
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

    /** What connections hold that have not signed in. Keeps the supplier for ever. */
    public void unsigned(LongSupplier bytes) {
        unsigned = bytes;
    }

    /** A WebSocket has been upgraded, so long after its connection was opened. */
    public void connectionOpened(long millis) {
        open.incrementAndGet();
        opened.increment();
        handshake.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** A WebSocket has ended; the code is a number that the protocol knows, or a word for all others. */
    public void connectionClosed(String closeCode) {
        open.decrementAndGet();
        closed.of(closeCode).increment();
    }

    /** An upgrade was refused; the reason is a word of a closed list. */
    public void connectionRefused(String reason) {
        refused.of(reason).increment();
    }

    /**
     * A token was judged.
     *
     * @param lifeMs what is left of it
     */
    public void authenticated(boolean well, long nanos, long lifeMs) {
        (well ? accepted : denied).record(nanos, TimeUnit.NANOSECONDS);
        if (well) {
            tokenLife.record(Math.max(0, lifeMs), TimeUnit.MILLISECONDS);
        }
    }

    /** A request of a client was answered; the outcome is {@code ok} or the error code. */
    public void request(String method, String outcome, long nanos) {
        requests.of(method + '|' + outcome).record(Duration.ofNanos(nanos));
    }

    /** What one loop has read and written since it last told. */
    public void traffic(long readFrames, long readBytes, long writtenFrames, long writtenBytes) {
        framesIn.increment((double) readFrames);
        bytesIn.increment((double) readBytes);
        framesOut.increment((double) writtenFrames);
        bytesOut.increment((double) writtenBytes);
    }

    /** A pong has come, so long after the ping. */
    public void pong(long millis) {
        ping.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** Connections that more waits for than their sockets take have become more (positive) or fewer. */
    public void slowConnections(int change) {
        slow.addAndGet(change);
    }

    /** What waits for slow connections has become more or less by so many bytes. */
    public void outboundBytes(long change) {
        queued.addAndGet(change);
    }

    /** So much has a connection not taken yet. */
    public void backlog(long bytes) {
        backlog.record((double) bytes);
    }

    /** So many events were left out for a slow connection, as newer ones of their kind followed. */
    public void conflated(int frames) {
        conflated.increment(frames);
    }

    /** Slow connections were told to take fresh state of so many threads. */
    public void outboundResyncs(int threads) {
        resyncs.increment(threads);
    }

    /** The node has begun to end; so many seconds ago. Keeps the supplier for ever. */
    public void draining(DoubleSupplier seconds) {
        drain = seconds;
    }

    /** Connections of a node that ends were told to move, have gone or were closed. */
    public void moved(String outcome, int connections) {
        moved.of(outcome).increment(connections);
    }

    /** A notification was deflated, once for many receivers. */
    public void deflated(int fromBytes, int toBytes) {
        deflatedFrom.increment(fromBytes);
        deflatedTo.increment(toBytes);
    }
}
