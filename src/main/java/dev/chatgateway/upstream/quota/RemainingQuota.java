package dev.chatgateway.upstream.quota;

import java.util.HashMap;
import java.util.Map;

/**
 * The least share of each limit that any of its scopes had left in the last 10 to 20 s. Samples are enough: it tells
 * operators how near the limits the node works. Guarded by the lock of {@link RateLimiter}.
 */
final class RemainingQuota {
    private static final long SPAN_MS = 10_000;

    private final Map<String, Double> present = new HashMap<>();
    private final Map<String, Double> previous = new HashMap<>();
    private long since;

    /** A scope of that limit had so much left, 0 to 1. */
    void saw(String limit, double left, long now) {
        turn(now);
        present.merge(limit, left, Math::min);
    }

    /** 1 when nothing of the limit was spent. */
    double least(String limit, long now) {
        turn(now);
        return Math.min(present.getOrDefault(limit, 1.0), previous.getOrDefault(limit, 1.0));
    }

    private void turn(long now) {
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
