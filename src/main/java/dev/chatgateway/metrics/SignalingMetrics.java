package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** The meters of the live channel of the official client libraries. Any thread. */
public final class SignalingMetrics {
    private static final MeterSpec SESSIONS = MeterSpec.gauge(
            "signaling_sessions",
            "Sessions of official client libraries, with a connection (`connected`) or kept without one (`detached`)",
            Label.of("state", "connected", "detached"));
    private static final MeterSpec REQUESTS = MeterSpec.counter(
            "signaling_requests_total",
            "Requests of the live channel's protocol, by outcome: `unauthorized` is a bad or expired token, `unavailable` a"
                    + " 503 that clients retry",
            Label.of(
                    "request",
                    "configuration",
                    "allocate",
                    "handshake",
                    "websocket",
                    "poll",
                    "register",
                    "unregister",
                    "probe"),
            Label.of("outcome", "ok", "unauthorized", "unavailable", "refused"));
    private static final MeterSpec PUSHES = MeterSpec.counter(
            "signaling_pushes_total",
            "Events accepted for sessions of official client libraries",
            Label.of("type", FanoutMetrics.eventMethods()));
    private static final MeterSpec REPEATED = MeterSpec.counter(
            "signaling_pushes_repeated_total",
            "Pushes that were sent again on another connection, because the client had not acknowledged them");
    private static final MeterSpec ACKNOWLEDGED = MeterSpec.histogram(
            "signaling_acknowledged_seconds", MeterSpec.SECONDS, "From the write of a push to its acknowledgement");
    private static final MeterSpec RESYNCS = MeterSpec.counter(
            "signaling_resyncs_total",
            "Threads of sessions that could not continue from their cursor; their newest messages were pushed instead");
    private static final MeterSpec ENDED = MeterSpec.counter(
            "signaling_sessions_ended_total",
            "Sessions that ended: the client has `unregistered`; without a connection it was `forgotten` or `replaced`;"
                    + " another node continues it (`moved`); the node `stopped`",
            Label.of("reason", "unregistered", "forgotten", "replaced", "moved", "stopped"));

    static final List<MeterSpec> ALL = List.of(SESSIONS, REQUESTS, PUSHES, REPEATED, ACKNOWLEDGED, RESYNCS, ENDED);

    private final Meters meters;
    private final Family<Counter> pushes;
    private final Counter repeated;
    private final Timer acknowledged;
    private final Counter resyncs;
    private final Family<Counter> ended;
    private volatile DoubleSupplier connected = () -> 0;
    private volatile DoubleSupplier detached = () -> 0;

    SignalingMetrics(Meters meters) {
        this.meters = meters;
        meters.gauge(SESSIONS, () -> connected.getAsDouble(), "connected");
        meters.gauge(SESSIONS, () -> detached.getAsDouble(), "detached");
        for (String request : REQUESTS.labels().get(0).values()) {
            REQUESTS.labels().get(1).values().forEach(outcome -> meters.counter(REQUESTS, request, outcome));
        }
        pushes = meters.counters(PUSHES);
        repeated = meters.counter(REPEATED);
        acknowledged = meters.timer(ACKNOWLEDGED);
        resyncs = meters.counter(RESYNCS);
        ended = meters.counters(ENDED);
    }

    /** How many sessions there are, with and without a connection. */
    public void sessions(DoubleSupplier withConnection, DoubleSupplier without) {
        connected = withConnection;
        detached = without;
    }

    /** A request was answered; both are words of closed lists. */
    public void request(String name, String outcome) {
        meters.counter(REQUESTS, name, outcome).increment();
    }

    /** An event was accepted for a session. */
    public void pushed(String type) {
        pushes.of(type).increment();
    }

    /** Pushes are written again. */
    public void repeated(int count) {
        repeated.increment(count);
    }

    /** A push was acknowledged so many milliseconds after it was written. */
    public void acknowledged(long millis) {
        acknowledged.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** The changes since a session's position could not be listed; the thread's newest messages were pushed instead. */
    public void resynced() {
        resyncs.increment();
    }

    /** A session has ended; the reason is a word of a closed list. */
    public void ended(String reason) {
        ended.of(reason).increment();
    }
}
