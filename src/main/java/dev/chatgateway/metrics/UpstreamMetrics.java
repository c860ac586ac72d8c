package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** Counts of calls to the chat service and of the rate limiter that admits them. Any thread. */
public final class UpstreamMetrics {
    private static final MeterSpec CALLS = MeterSpec.histogram(
            "upstream_requests_seconds",
            MeterSpec.SECONDS,
            "Calls to the chat service, one per attempt, including those that pass through `/chat`",
            Label.named(
                    "operation",
                    "one of the chat service's sixteen operations, or `config`, `images`, `other` for further requests that pass through"),
            Label.named("status", "the HTTP status, or `none` without an answer"));
    private static final MeterSpec THROTTLED = MeterSpec.counter(
            "upstream_throttled_total",
            "Calls that the service answered with 429; exists from the start, so that the first one shows as an increase");
    private static final MeterSpec RETRY_AFTER = MeterSpec.histogram(
            "upstream_retry_after_seconds",
            List.of(0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0),
            "Time that the service's refusals ask to wait");
    private static final MeterSpec HELD_BACK = MeterSpec.counter(
            "ledger_total",
            "Calls that the gateway's own rate limiter delayed or refused",
            Label.of("outcome", "delayed", "refused"));
    private static final MeterSpec BUDGET = MeterSpec.gauge(
            "ledger_budget_ratio",
            "Least share of a limit that any user or thread had left in the last 10 to 20 s (sampled), in a cluster of this"
                    + " node's share; 0: a call waited, or an interactive call or a poll was refused",
            Label.named("limit", "a limit as `ledger.windows` names it"));

    private static final MeterSpec OFFSET = MeterSpec.gauge(
            "upstream_clock_offset_seconds",
            "How far the service's clock is ahead of this node's, to half a second, by the dates of responses; lag is measured"
                    + " between the two. NaN: no response had a date");

    static final List<MeterSpec> ALL = List.of(CALLS, THROTTLED, RETRY_AFTER, HELD_BACK, BUDGET, OFFSET);

    private final Meters meters;
    private final Family<Timer> calls;
    private final Counter throttled;
    private final Timer retryAfter;
    private volatile double clockOffset = Double.NaN;
    private final Family<Counter> heldBack;

    UpstreamMetrics(Meters meters) {
        this.meters = meters;
        calls = new Family<>(key -> {
            int cut = key.indexOf('|');
            return meters.timer(CALLS, key.substring(0, cut), key.substring(cut + 1));
        });
        throttled = meters.counter(THROTTLED);
        retryAfter = meters.timer(RETRY_AFTER);
        meters.gauge(OFFSET, () -> clockOffset);
        heldBack = meters.counters(HELD_BACK);
    }

    /** Records a call to the chat service; the status is the HTTP status, or {@code none} without an answer. */
    public void called(String operation, String status, long nanos) {
        calls.of(operation + '|' + status).record(Duration.ofNanos(nanos));
        if (status.equals("429")) {
            throttled.increment();
        }
    }

    /** Records the pause that the service asked for; negative: it did not say. */
    public void retryAfter(long millis) {
        if (millis >= 0) {
            retryAfter.record(millis, TimeUnit.MILLISECONDS);
        }
    }

    /** Sets how far the service's clock is ahead of this node's. */
    public void clockOffset(double seconds) {
        clockOffset = seconds;
    }

    /** Records a call that the gateway's own rate limiter held back; the outcome is delayed or refused. */
    public void heldBack(String outcome) {
        heldBack.of(outcome).increment();
    }

    /** Sets the source of a limit's remaining share, 0 to 1; the limit is a name of a closed list. Keeps the supplier for ever. */
    public void budget(String limit, DoubleSupplier left) {
        meters.gauge(BUDGET, left, limit);
    }
}
