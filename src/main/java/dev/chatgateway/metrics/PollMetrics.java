package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Counts of the poller: watched threads, polls and their results, audits, pushed events. Any thread. */
public final class PollMetrics {
    private static final MeterSpec WATCHED = MeterSpec.gauge(
            "watched_threads",
            "Threads with subscribers on this node, polled by this node or, in a cluster, by another (`cluster_threads`)");
    private static final MeterSpec POLLS = MeterSpec.counter(
            "polls_total",
            "Polls of threads, and of users' thread lists (`digest`); `skipped`: postponed because the rate limiter has no room",
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
            "poll_seconds",
            MeterSpec.SECONDS,
            "Duration of a poll of a thread with all its calls, without the time in the queue");
    private static final MeterSpec INTERVAL = MeterSpec.histogram(
            "poll_interval_seconds",
            List.of(0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0),
            "Time to a thread's next poll, recorded when it is scheduled");
    private static final MeterSpec ITEMS = MeterSpec.counter("poll_items_total", "Events that polls found");
    private static final MeterSpec SEEN = MeterSpec.histogram(
            "event_seen_seconds",
            MeterSpec.SECONDS,
            "From the creation of a message, by the service's clock, to the poll that found it");
    private static final MeterSpec OVERLAPPED = MeterSpec.counter(
            "polls_overlapped_total",
            "Polls after which the next was due at once, because a poll was requested meanwhile; polls of one thread never"
                    + " overlap");
    private static final MeterSpec LAST = MeterSpec.gauge(
            "poll_last_success_timestamp_seconds", "When a poll last succeeded, seconds since 1970; 0: none yet");
    private static final MeterSpec PUBLISHED =
            MeterSpec.counter("updates_published_total", "Updates of threads that were published on the event bus");
    private static final MeterSpec MISSED = MeterSpec.counter(
            "missed_events_total",
            "Changes that an audit found and that no subscriber had received; must stay 0. They are sent then, or `resync`;"
                    + " the log names thread, message and version");
    private static final MeterSpec AUDITS = MeterSpec.counter(
            "audits_total",
            "Audits; `void`: without a result, because the listing failed or the thread lost its last subscriber",
            Label.of("outcome", "clean", "missed", "void"));
    private static final MeterSpec LATE = MeterSpec.counter(
            "late_states_total",
            "Changes that the service listed later than `poll.overlapMs` allows: they are sent, and for an hour polls of the"
                    + " thread list further back");
    private static final MeterSpec ORDER = MeterSpec.counter(
            "list_order_violations_total",
            "Listings of messages that were not in the order of versions, on which polling relies; must stay 0. The"
                    + " thread's subscribers receive `resync`, and for an hour its messages are compared one by one");
    private static final MeterSpec PUSHED = MeterSpec.counter(
            "push_events_total",
            "Events that Event Grid pushed",
            Label.of("outcome", "poke", "typing", "stale", "ignored", "malformed", "refused", Label.OTHER));
    private static final MeterSpec DISAGREED = MeterSpec.counter(
            "push_disagreements_total",
            "Polls that found a change that no push announced within 10 s: the thread is polled at its usual interval again");
    private static final MeterSpec OUTAGES = MeterSpec.counter(
            "outage_verdicts_total",
            "Times that refusals of many users were judged an outage of the service, so that no subscription was ended");

    private static final long OUTAGE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final MeterSpec OUTAGE = MeterSpec.gauge(
            "outage_suspected",
            "1: refusals of many users were judged an outage of the service in the last 10 s; else 0");

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

    /** Changes the number of watched threads. */
    public void watched(int change) {
        watched.addAndGet(change);
    }

    /**
     * Records a poll of a thread.
     *
     * @param outcome one of changed, unchanged, throttled, refused, error
     * @param millis its duration
     * @param events the number of events that it found
     * @param now epoch milliseconds
     */
    public void polled(String outcome, long millis, int events, long now) {
        polls.of(outcome).increment();
        duration.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
        items.increment(events);
        if (outcome.endsWith("changed")) {
            lastSuccessMs.set(now);
        }
    }

    /** Records a poll that is postponed because the rate limiter has no room for it. */
    public void skipped() {
        polls.of("skipped").increment();
    }

    /** Records a poll of a user's thread list. */
    public void threadListPolled(boolean succeeded, long now) {
        polls.of(succeeded ? "digest" : "digestFailed").increment();
        if (succeeded) {
            lastSuccessMs.set(now);
        }
    }

    /** Records the time to a thread's next poll. */
    public void interval(long millis) {
        interval.record(millis, TimeUnit.MILLISECONDS);
    }

    /** Records that a poll of a thread was requested while one was running. */
    public void overlapped() {
        overlapped.increment();
    }

    /** Records the age of a new message when a poll found it. */
    public void seen(long millis) {
        seen.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
    }

    /** Records an update that is published to the hubs. */
    public void published() {
        published.increment();
    }

    /** Records changes that an audit found and no subscriber had received. */
    public void missed(int changes) {
        missed.increment(changes);
    }

    /** Records an audit; the outcome is one of clean, missed, void. */
    public void audit(String outcome) {
        audits.of(outcome).increment();
    }

    /** Records a change that the service listed later than the overlap allows. */
    public void lateState() {
        late.increment();
    }

    /** Records a listing that was not in the order of versions. */
    public void orderViolated() {
        order.increment();
    }

    /** Records an event of Event Grid; the outcome is a word of a closed list. */
    public void pushed(String outcome) {
        pushed.of(outcome).increment();
    }

    /** Records a poll that found a change that no push announced in time. */
    public void pushDisagreed() {
        disagreed.increment();
    }

    /** Records that refusals of many users were judged an outage. */
    public void outageSuspected() {
        outages.increment();
        suspectedNanos.set(System.nanoTime());
    }
}
