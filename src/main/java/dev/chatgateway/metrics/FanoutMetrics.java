package dev.chatgateway.metrics;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.Resync;
import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts of the hubs: subscriptions, deliveries, resumed subscriptions. Any thread. */
public final class FanoutMetrics {
    private static final MeterSpec SUBSCRIPTIONS =
            MeterSpec.gauge("subscriptions", "Subscriptions to threads, summed over all connections");
    private static final MeterSpec DELIVERED = MeterSpec.counter(
            "events_delivered_total",
            "Deliveries: each event counts once for each socket that it was written to",
            Label.of("type", eventMethods()));
    private static final MeterSpec AUDIENCE = MeterSpec.histogram(
            "fanout_audience",
            List.of(1.0, 10.0, 100.0, 1000.0, 10000.0),
            "Sockets of one event loop that one encoded event was written to");
    private static final MeterSpec BATCH = MeterSpec.histogram(
            "fanout_batch_frames",
            List.of(1.0, 2.0, 5.0, 10.0, 50.0, 200.0),
            "Frames of a thread that were written together, in one write to each socket");
    private static final MeterSpec LAG = MeterSpec.histogram(
            "event_lag_seconds",
            MeterSpec.SECONDS,
            "From a message's change, by the service's clock, to the write to the sockets of an event loop");
    private static final MeterSpec DELIVERY = MeterSpec.histogram(
            "event_delivery_seconds",
            MeterSpec.SECONDS,
            "The gateway's own part of that: from the poll that found the change to the write");
    private static final long LATE_ACK_MS = 300_000;
    private static final MeterSpec ACKNOWLEDGED = MeterSpec.histogram(
            "event_acknowledged_seconds",
            MeterSpec.SECONDS,
            "From a message's change, by the service's clock, to a client's `ack` of it; only changes of the last five minutes,"
                    + " because a client may acknowledge old messages that it has listed");
    private static final MeterSpec RESUMES = MeterSpec.counter(
            "resumes_total",
            "Subscriptions from a cursor: `complete`, all missed events were sent; `resync`, the client must load fresh state; or `refused`",
            Label.of("outcome", "complete", "resync", "refused"));
    private static final MeterSpec RESYNCS = MeterSpec.counter(
            "resyncs_total",
            "Subscribers that must load fresh state, by the reason that the client gets and the cause on the server",
            Label.of("reason", tokens(resync -> resync.reason().token())),
            Label.of("cause", tokens(resync -> resync.cause().token())));
    private static final MeterSpec REPLAYED =
            MeterSpec.counter("events_replayed_total", "Events sent to subscribers that resumed from a cursor");
    private static final MeterSpec UPDATES = MeterSpec.counter(
            "updates_delivered_total", "Updates of threads that an event loop received from the event bus");

    static final List<MeterSpec> ALL = List.of(
            SUBSCRIPTIONS,
            DELIVERED,
            AUDIENCE,
            BATCH,
            LAG,
            DELIVERY,
            ACKNOWLEDGED,
            RESUMES,
            RESYNCS,
            REPLAYED,
            UPDATES);

    private final AtomicInteger subscriptions = new AtomicInteger();
    private final Family<Counter> delivered;
    private final DistributionSummary audience;
    private final DistributionSummary batch;
    private final Timer lag;
    private final Timer delivery;
    private final Timer acknowledged;
    private final Family<Counter> resumes;
    private final Map<Resync, Counter> resyncs;
    private final Counter replayed;
    private final Counter updates;

    FanoutMetrics(Meters meters) {
        meters.gauge(SUBSCRIPTIONS, subscriptions::get);
        delivered = meters.counters(DELIVERED);
        audience = meters.summary(AUDIENCE);
        batch = meters.summary(BATCH);
        lag = meters.timer(LAG);
        delivery = meters.timer(DELIVERY);
        acknowledged = meters.timer(ACKNOWLEDGED);
        resumes = meters.counters(RESUMES);
        resyncs = Resync.all().stream()
                .collect(Collectors.toUnmodifiableMap(
                        resync -> resync,
                        resync -> meters.counter(
                                RESYNCS, resync.reason().token(), resync.cause().token())));
        replayed = meters.counter(REPLAYED);
        updates = meters.counter(UPDATES);
    }

    /** The names of all events, and {@code other}. */
    static List<String> eventMethods() {
        return Stream.concat(Arrays.stream(ChatEvent.Type.values()).map(ChatEvent.Type::method), Stream.of(Label.OTHER))
                .toList();
    }

    /** Changes the number of subscriptions. */
    public void subscriptions(int change) {
        subscriptions.addAndGet(change);
    }

    /** Records an event that was written to so many sockets. */
    public void delivered(ChatEvent.Type type, int sockets) {
        delivered.of(type.method()).increment(sockets);
        audience.record(sockets);
    }

    /** Records the number of frames that were written together. */
    public void batch(int frames) {
        batch.record(frames);
    }

    /**
     * Records a change that was written to the sockets of one event loop; all times are epoch milliseconds.
     *
     * @param changedAt by the service's clock
     * @param seenAt when a poll found it
     */
    public void lag(long changedAt, long seenAt, long now) {
        lag.record(Math.max(0, now - changedAt), TimeUnit.MILLISECONDS);
        delivery.record(Math.max(0, now - seenAt), TimeUnit.MILLISECONDS);
    }

    /** Records the age of a change when a client acknowledges it. */
    public void acknowledged(long millis) {
        if (millis < LATE_ACK_MS) {
            acknowledged.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
        }
    }

    /** Records a subscription from a cursor; the outcome is one of complete, resync, refused. */
    public void resumed(String outcome, int events) {
        resumes.of(outcome).increment();
        replayed.increment(events);
    }

    /** Records subscribers that must load fresh state. */
    public void resync(Resync resync, int subscribers) {
        Objects.requireNonNull(resyncs.get(resync)).increment(subscribers);
    }

    private static List<String> tokens(Function<Resync, String> token) {
        return Resync.all().stream().map(token).distinct().toList();
    }

    /** Records an update that an event loop received. */
    public void arrived() {
        updates.increment();
    }
}
