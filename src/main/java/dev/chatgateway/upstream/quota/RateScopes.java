package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.quota.RateAccounts.Account;
import dev.chatgateway.upstream.quota.RateAccounts.ScopeKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** The scopes that calls are counted in, and who is to blame for 429s. Owned by {@link RateLedger} and guarded by its lock. */
final class RateScopes {
    private final int marginMs;
    /** Least recently used first, so that idle scopes are found at the front. */
    private final LinkedHashMap<ScopeKey, RateScope> scopes = new LinkedHashMap<>(64, 0.75f, true);

    /** Emptied with the scopes. */
    private final Blames blames = new Blames();

    RateScopes(int marginMs) {
        this.marginMs = marginMs;
    }

    /** The account's scope, made if there is none. */
    RateScope of(Account account) {
        RateScope known = scopes.get(account.key());
        if (known != null) {
            return known;
        }
        RateScope made = new RateScope(account.rule(), marginMs);
        scopes.put(account.key(), made);
        return made;
    }

    @Nullable
    RateScope get(ScopeKey key) {
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
