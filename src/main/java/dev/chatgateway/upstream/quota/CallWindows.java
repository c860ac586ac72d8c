package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.quota.RateKeys.KeyedRule;
import dev.chatgateway.upstream.quota.RateKeys.ScopeKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** The windows of all scopes. Owned by {@link RateLimiter} and guarded by its lock. */
final class CallWindows {
    private final int marginMs;
    /** Least recently used first, so that idle scopes are found at the front. */
    private final LinkedHashMap<ScopeKey, CallWindow> scopes = new LinkedHashMap<>(64, 0.75f, true);

    /** Entries are removed with their scopes. */
    private final ThrottleAttribution attribution = new ThrottleAttribution();

    CallWindows(int marginMs) {
        this.marginMs = marginMs;
    }

    /** The window of a scope, created if there is none. */
    CallWindow of(KeyedRule keyed) {
        CallWindow known = scopes.get(keyed.key());
        if (known != null) {
            return known;
        }
        CallWindow created = new CallWindow(keyed.rule(), marginMs);
        scopes.put(keyed.key(), created);
        return created;
    }

    @Nullable
    CallWindow get(ScopeKey key) {
        return scopes.get(key);
    }

    boolean has(ScopeKey key) {
        return scopes.containsKey(key);
    }

    boolean haveAll(Collection<ScopeKey> keys) {
        return scopes.keySet().containsAll(keys);
    }

    int size() {
        return scopes.size();
    }

    /** Each call removes up to two idle scopes, so the table shrinks faster than it can grow. */
    void sweep(long now) {
        for (int i = 0; i < 2; i++) {
            var eldest = scopes.entrySet().iterator();
            if (!eldest.hasNext()) {
                return;
            }
            var entry = eldest.next();
            if (!entry.getValue().idle(now)) {
                return;
            }
            attribution.remove(entry.getKey());
            eldest.remove();
        }
    }

    /** Whether a shared scope is the cause of a user's 429: another user has met one in it lately. */
    boolean isCause(ScopeKey shared, ScopeKey narrowest, long now) {
        return attribution.isCause(shared, narrowest, now);
    }
}
