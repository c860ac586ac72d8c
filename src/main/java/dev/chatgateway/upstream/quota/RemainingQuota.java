package dev.chatgateway.upstream.quota;

import java.util.HashMap;
import java.util.Map;

/**
 * The least share of each limit that any of its scopes had left in the last 10 to 20 s. Samples are enough: operators see
 * how near to its limits the node works. Guarded by the lock of {@link RateLimiter}.
 */
final class RemainingQuota {
    private static final long SPAN_MS = 10_000;

    private final Map<String, Double> present = new HashMap<>();
    private final Map<String, Double> previous = new HashMap<>();
    private long since;

    /** Records that a scope of the limit has so much left, 0 to 1. */
    void record(String limit, double left, long now) {
        rotate(now);
        present.merge(limit, left, Math::min);
    }

    /** 1 if no call of the limit was sent. */
    double least(String limit, long now) {
        rotate(now);
        return Math.min(present.getOrDefault(limit, 1.0), previous.getOrDefault(limit, 1.0));
    }

    private void rotate(long now) {
        if (now - since < SPAN_MS) {
            return;
        }
        previous.clear();
        if (now - since < 2 * SPAN_MS) {
            previous.putAll(present);
        }
        present.clear();
        since = now;
    }
}
