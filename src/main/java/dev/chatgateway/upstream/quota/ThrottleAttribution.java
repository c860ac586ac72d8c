package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.quota.RateKeys.ScopeKey;
import java.util.HashMap;
import java.util.Map;

/** The last 429 in each scope that several users share. Guarded by the lock of {@link RateLimiter}. */
final class ThrottleAttribution {
    private static final long MEMORY_MS = 10_000;

    private final Map<ScopeKey, Throttle> last = new HashMap<>();

    private record Throttle(ScopeKey user, long at) {}

    /** Records a 429; returns whether another user met one there in the last 10 s, so that the scope itself is the cause. */
    boolean isCause(ScopeKey scope, ScopeKey user, long now) {
        Throttle before = last.put(scope, new Throttle(user, now));
        return before != null && !before.user.equals(user) && now - before.at <= MEMORY_MS;
    }

    void remove(ScopeKey scope) {
        last.remove(scope);
    }
}
