package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the poller counts: watched threads, readings, what they brought, and what checks them. Any thread. */
public final class PollMetrics {
    private static final MeterSpec WATCHED = MeterSpec.gauge(
            "watched_threads",
            "Threads with subscribers here, read by this node or, in a cluster, by another (`cluster_threads`)");
    private static final MeterSpec POLLS = MeterSpec.counter(
            "polls_total",
            "Readings of threads, and of users' lists of threads (digest); `skipped`: put off, as the ledger has no room",
            Label.of(
                    "outcome",
                    "changed",
                    "unchanged",
                    "throttled",
                    "refused",
                    "error",
                    "skipped",
                    "digest",
                    "digestFailed",
                    Label.OTHER));
    private static final MeterSpec DURATION = MeterSpec.histogram(
            "poll_seconds", MeterSpec.SECONDS, "A reading of a thread, all its calls, without waiting for its turn");
    private static final MeterSpec INTERVAL = MeterSpec.histogram(
            "poll_interval_seconds",
            List.of(0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0),
            "Time to a thread's next reading, as it is scheduled after each");
    private static final MeterSpec ITEMS = MeterSpec.counter("poll_items_total", "Events that readings found");
    private static final MeterSpec SEEN = MeterSpec.histogram(
            "event_seen_seconds",
            MeterSpec.SECONDS,
            "From a new message, by the service's clock, to the reading that found it");
    private static final MeterSpec OVERLAPPED = MeterSpec.counter(
            "polls_overlapped_total",
            "Readings after which the next was due at once, as something had happened meanwhile; readings of a thread never"
                    + " overlap");
    private static final MeterSpec LAST = MeterSpec.gauge(
            "poll_last_success_timestamp_seconds", "When a reading last succeeded, seconds since 1970; 0: none yet");
    private static final MeterSpec PUBLISHED =
            MeterSpec.counter("updates_published_total", "Updates of threads that went on the event bus");
    private static final MeterSpec MISSED = MeterSpec.counter(
            "missed_events_total",
            "Changes that an audit found and no subscriber was told of; must stay 0. They are told then, or `resync`;"
                    + " the log names thread, message and version");
    private static final MeterSpec AUDITS = MeterSpec.counter(
            "audits_total",
            "Audits; `void`: not judged, as the listing failed or the thread was left",
            Label.of("outcome", "clean", "missed", "void"));
    private static final MeterSpec LATE = MeterSpec.counter(
            "late_states_total",
            "Changes that the service listed later than `poll.overlapMs` allows: they are told, and for an hour the"
                    + " thread is read further back");
    private static final MeterSpec ORDER = MeterSpec.counter(
            "list_order_violations_total",
            "Listings of messages that were not in the order of versions, on which polling relies; must stay 0. The"
                    + " thread's subscribers are told `resync`, and it is compared message by message for an hour");
    private static final MeterSpec PUSHED = MeterSpec.counter(
            "push_events_total",
            "Events of Event Grid",
            Label.of("outcome", "poke", "typing", "stale", "ignored", "malformed", "refused", Label.OTHER));
    private static final MeterSpec DISAGREED = MeterSpec.counter(
            "push_disagreements_total",
            "Readings that found what no push announced within 10 s: the thread is polled at its usual pace again");
    private static final MeterSpec OUTAGES = MeterSpec.counter(
            "outage_verdicts_total",
            "Times that refusals of many users were taken for an outage of the service, so that nobody was ended");

    private static final long OUTAGE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final MeterSpec OUTAGE = MeterSpec.gauge(
            "outage_suspected",
            "1: refusals of many users were taken for an outage of the service in the last 10 s; else 0");

    static final List<MeterSpec> ALL = List.of(
            WATCHED,
            POLLS,
            DURATION,
            INTERVAL,
            ITEMS,
            SEEN,
            OVERLAPPED,
            LAST,
            PUBLISHED,
            MISSED,
            AUDITS,
            LATE,
            ORDER,
            PUSHED,
            DISAGREED,
            OUTAGES,
            OUTAGE);

    private final AtomicInteger watched = new AtomicInteger();
    private final AtomicLong lastSuccessMs = new AtomicLong();
    private final AtomicLong suspectedNanos = new AtomicLong(System.nanoTime() - OUTAGE_NANOS);
    private final Family<Counter> polls;
    private final Timer duration;
    private final Timer interval;
    private final Counter items;
    private final Timer seen;
    private final Counter overlapped;
    private final Counter published;
    private final Counter missed;
    private final Family<Counter> audits;
    private final Counter late;
    private final Counter order;
    private final Family<Counter> pushed;
    private final Counter disagreed;
    private final Counter outages;

    PollMetrics(Meters meters) {
        meters.gauge(WATCHED, watched::get);
        meters.gauge(LAST, () -> lastSuccessMs.get() / 1000.0);
        meters.gauge(OUTAGE, () -> System.nanoTime() - suspectedNanos.get() < OUTAGE_NANOS ? 1 : 0);
        polls = meters.counters(POLLS);
        duration = meters.timer(DURATION);
        interval = meters.timer(INTERVAL);
        items = meters.counter(ITEMS);
        seen = meters.timer(SEEN);
        overlapped = meters.counter(OVERLAPPED);
        published = meters.counter(PUBLISHED);
        missed = meters.counter(MISSED);
        audits = meters.counters(AUDITS);
        late = meters.counter(LATE);
        order = meters.counter(ORDER);
        pushed = meters.counters(PUSHED);
        disagreed = meters.counter(DISAGREED);
        outages = meters.counter(OUTAGES);
    }

    /** Threads have come to be read (positive) or are no longer read (negative). */
    public void watched(int change) {
        watched.addAndGet(change);
    }

    /**
     * A thread was read.
     *
     * @param outcome one of changed, unchanged, throttled, refused, error
     * @param millis how long it took
     * @param events how many it brought
     * @param now epoch milliseconds
     */
    public void read(String outcome, long millis, int events, long now) {
        polls.of(outcome).increment();
        duration.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
        items.increment(events);
        if (outcome.endsWith("changed")) {
            lastSuccessMs.set(now);
        }
    }

    /** A reading is put off, as the ledger has no room for it. */
    public void skipped() {
        polls.of("skipped").increment();
    }

    /** A user's list of threads was read. */
    public void digest(boolean well, long now) {
        polls.of(well ? "digest" : "digestFailed").increment();
        if (well) {
            lastSuccessMs.set(now);
        }
    }

    /** A thread's next reading is due after that time. */
    public void interval(long millis) {
        interval.record(millis, TimeUnit.MILLISECONDS);
    }

    /** A thread was to be read while it was being read. */
    public void overlapped() {
        overlapped.increment();
    }

    /** A reading found a new message that old. */
    public void seen(long millis) {
        seen.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** An update goes to the hubs. */
    public void published() {
        published.increment();
    }

    /** An audit found that many changes that no subscriber was told of. */
    public void missed(int changes) {
        missed.increment(changes);
    }

    /** A thread was audited; the outcome is one of clean, missed, void. */
    public void audit(String outcome) {
        audits.of(outcome).increment();
    }

    /** The service listed a change later than the overlap allows. */
    public void lateState() {
        late.increment();
    }

    /** The service listed messages in another order than that of versions. */
    public void orderViolated() {
        order.increment();
    }

    /** An event of Event Grid came; the outcome is a word of a closed list. */
    public void pushed(String outcome) {
        pushed.of(outcome).increment();
    }

    /** A reading found what no push announced in time. */
    public void pushDisagreed() {
        disagreed.increment();
    }

    /** Refusals of many users were taken for an outage. */
    public void outageSuspected() {
        outages.increment();
        suspectedNanos.set(System.nanoTime());
    }
}
