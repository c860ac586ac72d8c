package dev.chatgateway.metrics;

import dev.chatgateway.event.Resync;
import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the hubs count: subscriptions, events on their way to sockets, those who come back. Any thread. */
public final class FanoutMetrics {
    private static final MeterSpec SUBSCRIPTIONS =
            MeterSpec.gauge("subscriptions", "Connections times the threads that each is subscribed to");
    private static final MeterSpec DELIVERED = MeterSpec.counter(
            "events_delivered_total",
            "Events times the sockets that each was written to",
            Label.of(
                    "type",
                    "chatMessageReceived",
                    "chatMessageEdited",
                    "chatMessageDeleted",
                    "typingIndicatorReceived",
                    "readReceiptReceived",
                    "chatThreadCreated",
                    "chatThreadDeleted",
                    "chatThreadPropertiesUpdated",
                    "participantsAdded",
                    "participantsRemoved",
                    Label.OTHER));
    private static final MeterSpec AUDIENCE = MeterSpec.histogram(
            "fanout_audience",
            List.of(1.0, 10.0, 100.0, 1000.0, 10000.0),
            "Sockets of one loop that one encoded event was written to");
    private static final MeterSpec BATCH = MeterSpec.histogram(
            "fanout_batch_frames",
            List.of(1.0, 2.0, 5.0, 10.0, 50.0, 200.0),
            "Frames of a thread that left together, in one write to each of its sockets");
    private static final MeterSpec LAG = MeterSpec.histogram(
            "event_lag_seconds",
            MeterSpec.SECONDS,
            "From a message's change, by the service's clock, to the write to the sockets of a loop");
    private static final MeterSpec DELIVERY = MeterSpec.histogram(
            "event_delivery_seconds",
            MeterSpec.SECONDS,
            "The gateway's own part of that: from the reading that found it to the write");
    private static final long LATE_ACK_MS = 300_000;
    private static final MeterSpec ACKNOWLEDGED = MeterSpec.histogram(
            "event_acknowledged_seconds",
            MeterSpec.SECONDS,
            "From a message's change, by the service's clock, to a client's `ack` of it; of changes of the last five minutes, as"
                    + " a client may acknowledge a past that it has listed");
    private static final MeterSpec RESUMES = MeterSpec.counter(
            "resumes_total",
            "Subscriptions from a cursor: all that was missed is told, fresh state must be taken, or refused",
            Label.of("outcome", "complete", "resync", "refused"));
    private static final MeterSpec RESYNCS = MeterSpec.counter(
            "resyncs_total",
            "Subscribers that were told to take fresh state, by the reason that the client gets and the cause on the server",
            Label.of("reason", tokens(resync -> resync.reason().token())),
            Label.of("cause", tokens(resync -> resync.cause().token())));
    private static final MeterSpec REPLAYED =
            MeterSpec.counter("events_replayed_total", "Events told to those who came back from a cursor");
    private static final MeterSpec UPDATES =
            MeterSpec.counter("updates_delivered_total", "Updates of threads that reached a loop over the event bus");

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

    /** Subscriptions have come (positive) or gone (negative). */
    public void subscriptions(int change) {
        subscriptions.addAndGet(change);
    }

    /** One event was handed to that many sockets. */
    public void delivered(String type, int sockets) {
        delivered.of(type).increment(sockets);
        audience.record(sockets);
    }

    /** So many frames went together to each socket of an audience. */
    public void batch(int frames) {
        batch.record(frames);
    }

    /**
     * A change was written to the sockets of one loop; all times epoch milliseconds.
     *
     * @param changedAt by the service's clock
     * @param seenAt when a reading found it
     */
    public void lag(long changedAt, long seenAt, long now) {
        lag.record(Math.max(0, now - changedAt), TimeUnit.MILLISECONDS);
        delivery.record(Math.max(0, now - seenAt), TimeUnit.MILLISECONDS);
    }

    /** A client says that it has a change that old. */
    public void acknowledged(long millis) {
        if (millis < LATE_ACK_MS) {
            acknowledged.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
        }
    }

    /** Somebody came back; the outcome is one of complete, resync, refused. */
    public void resumed(String outcome, int events) {
        resumes.of(outcome).increment();
        replayed.increment(events);
    }

    /** So many subscribers are told to take fresh state. */
    public void resync(Resync resync, int subscribers) {
        Objects.requireNonNull(resyncs.get(resync)).increment(subscribers);
    }

    private static List<String> tokens(Function<Resync, String> token) {
        return Resync.all().stream().map(token).distinct().toList();
    }

    /** An update has reached a loop. */
    public void arrived() {
        updates.increment();
    }
}
