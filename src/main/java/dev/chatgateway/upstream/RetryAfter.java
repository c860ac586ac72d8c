package dev.chatgateway.upstream;

import io.vertx.core.MultiMap;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** The three headers in which the service says when a call may be repeated (docs/service-reference.md, Errors and retries). */
public final class RetryAfter {
    /** Longer waits are cut: a wrong header must not pause a scope for ever. */
    static final long MAX_MS = 600_000;

    private RetryAfter() {}

    /**
     * Milliseconds from now, at most {@link #MAX_MS}; -1 without a header.
     *
     * @param now to count HTTP dates from
     */
    public static long millis(MultiMap headers, Instant now) {
        long millis = number(headers.get("retry-after-ms"), 1);
        if (millis < 0) {
            millis = number(headers.get("x-ms-retry-after-ms"), 1);
        }
        if (millis < 0) {
            millis = number(headers.get("Retry-After"), 1000);
        }
        if (millis < 0) {
            millis = date(headers.get("Retry-After"), now);
        }
        return Math.min(millis, MAX_MS);
    }

    private static long number(@Nullable String text, int unitMs) {
        if (text == null || !text.strip().matches("\\d{1,9}(\\.\\d{1,9})?")) {
            return -1;
        }
        return (long) Math.ceil(Double.parseDouble(text.strip()) * unitMs);
    }

    private static long date(@Nullable String text, Instant now) {
        if (text == null) {
            return -1;
        }
        try {
            Instant then = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip(), Instant::from);
            return Math.max(0, Duration.between(now, then).toMillis());
        } catch (DateTimeException | ArithmeticException e) {
            return -1;
        }
    }
}
