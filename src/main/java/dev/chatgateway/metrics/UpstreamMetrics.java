package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** What calls of the chat service count, and the ledger that pays for them. Any thread. */
public final class UpstreamMetrics {
    private static final MeterSpec CALLS = MeterSpec.histogram(
            "upstream_requests_seconds",
            MeterSpec.SECONDS,
            "Calls of the chat service, each attempt, those passed through `/chat` too",
            Label.named(
                    "operation",
                    "one of the chat service's sixteen, or `config`, `images`, `other` for what is passed on besides"),
            Label.named("status", "the HTTP status, or `none` without an answer"));
    private static final MeterSpec THROTTLED = MeterSpec.counter(
            "upstream_throttled_total",
            "Those of them that the service answered with 429; here from the start, so that the first one shows as a rise");
    private static final MeterSpec RETRY_AFTER = MeterSpec.histogram(
            "upstream_retry_after_seconds",
            List.of(0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0),
            "What the service's refusals ask to wait");
    private static final MeterSpec LEDGER = MeterSpec.counter(
            "ledger_total", "Calls that the gateway's own ledger held back", Label.of("outcome", "delayed", "refused"));
    private static final MeterSpec BUDGET = MeterSpec.gauge(
            "ledger_budget_ratio",
            "Least share of a limit that any user or thread had left in the last 10 to 20 s (sampled), in a cluster of this"
                    + " node's part; 0: somebody waited, or a person's call or a poll was refused",
            Label.named("limit", "a limit as `ledger.windows` names it"));

    private static final MeterSpec OFFSET = MeterSpec.gauge(
            "upstream_clock_offset_seconds",
            "How far the service's clock is ahead of this node's, to half a second, by the dates of answers; lag is measured"
                    + " between the two. NaN: no answer said");

    static final List<MeterSpec> ALL = List.of(CALLS, THROTTLED, RETRY_AFTER, LEDGER, BUDGET, OFFSET);

    private final Meters meters;
    private final Family<Timer> calls;
    private final Counter throttled;
    private final Timer retryAfter;
    private volatile double clockOffset = Double.NaN;
    private final Family<Counter> ledger;

    UpstreamMetrics(Meters meters) {
        this.meters = meters;
        calls = new Family<>(key -> {
            int cut = key.indexOf('|');
            return meters.timer(CALLS, key.substring(0, cut), key.substring(cut + 1));
        });
        throttled = meters.counter(THROTTLED);
        retryAfter = meters.timer(RETRY_AFTER);
        meters.gauge(OFFSET, () -> clockOffset);
        ledger = meters.counters(LEDGER);
    }

    /** A call of the chat service ended; the status is the HTTP status, or {@code none} without an answer. */
    public void called(String operation, String status, long nanos) {
        calls.of(operation + '|' + status).record(Duration.ofNanos(nanos));
        if (status.equals("429")) {
            throttled.increment();
        }
    }

    /** The service asked not to be called for that long; negative: it did not say. */
    public void retryAfter(long millis) {
        if (millis >= 0) {
            retryAfter.record(millis, TimeUnit.MILLISECONDS);
        }
    }

    /** So far is the service's clock ahead of ours. */
    public void clockOffset(double seconds) {
        clockOffset = seconds;
    }

    /** A call was refused or delayed by the gateway's own ledger. */
    public void ledger(String outcome) {
        ledger.of(outcome).increment();
    }

    /** What is left of a limit, 0 to 1; the limit is a name of a closed list. Keeps the supplier for ever. */
    public void budget(String limit, DoubleSupplier left) {
        meters.gauge(BUDGET, left, limit);
    }
}
