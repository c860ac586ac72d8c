package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.quota.RateKeys.ScopeKey;
import java.util.HashMap;
import java.util.Map;

/** Who last met a 429 in a scope that several users share, and when. Guarded by the ledger's lock. */
final class ThrottleAttribution {
    private static final long MEMORY_MS = 10_000;

    private final Map<ScopeKey, Blame> blames = new HashMap<>();

    private record Blame(ScopeKey by, long at) {}

    /** One more 429; whether another user has met one there a moment ago, so that the scope itself is to blame. */
    boolean proved(ScopeKey scope, ScopeKey by, long now) {
        Blame last = blames.put(scope, new Blame(by, now));
        return last != null && !last.by.equals(by) && now - last.at <= MEMORY_MS;
    }

    void remove(ScopeKey scope) {
        blames.remove(scope);
    }
}
