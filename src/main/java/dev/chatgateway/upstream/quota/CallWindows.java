package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.quota.RateKeys.Account;
import dev.chatgateway.upstream.quota.RateKeys.ScopeKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** The scopes that calls are counted in, and who is to blame for 429s. Owned by {@link RateLimiter} and guarded by its lock. */
final class CallWindows {
    private final int marginMs;
    /** Least recently used first, so that idle scopes are found at the front. */
    private final LinkedHashMap<ScopeKey, CallWindow> scopes = new LinkedHashMap<>(64, 0.75f, true);

    /** Emptied with the scopes. */
    private final ThrottleAttribution blames = new ThrottleAttribution();

    CallWindows(int marginMs) {
        this.marginMs = marginMs;
    }

    /** The account's scope, made if there is none. */
    CallWindow of(Account account) {
        CallWindow known = scopes.get(account.key());
        if (known != null) {
            return known;
        }
        CallWindow made = new CallWindow(account.rule(), marginMs);
        scopes.put(account.key(), made);
        return made;
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
            blames.remove(entry.getKey());
            eldest.remove();
        }
    }

    /** Whether a scope that users share is to blame for a 429 of one of them: another has met one in it lately. */
    boolean proved(ScopeKey shared, ScopeKey narrowest, long now) {
        return blames.proved(shared, narrowest, now);
    }
}
