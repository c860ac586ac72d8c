package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.quota.RateWindows.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the windows that a call is counted in. Pure. */
record RateKeys(RateWindows windows) {
    /** One rule for one user, thread, user in a thread, or client address. */
    record ScopeKey(
            String rule, @Nullable String owner, @Nullable String threadId) {}

    record KeyedRule(ScopeKey key, Rule rule) {}

    /** The rules that count a user's call, the narrowest first; none for a call that the service does not count. */
    List<KeyedRule> of(@Nullable ChatOperation operation, @Nullable String userId, @Nullable String threadId) {
        if (userId == null) {
            return List.of();
        }
        List<KeyedRule> keyed = new ArrayList<>(2);
        for (Rule rule : windows.ofCall(operation)) {
            ScopeKey key =
                    switch (rule.scope()) {
                        case USER_AND_THREAD -> new ScopeKey(rule.name(), userId, threadId);
                        case USER, ADDRESS -> new ScopeKey(rule.name(), userId, null);
                        case THREAD -> new ScopeKey(rule.name(), null, threadId);
                    };
            keyed.add(new KeyedRule(key, rule));
        }
        return keyed;
    }

    /** The rules of a thread, and of some users in it. */
    List<KeyedRule> inThread(String threadId, Collection<String> users) {
        return Arrays.stream(ChatOperation.values())
                .flatMap(operation -> (users.isEmpty() ? List.of("") : users)
                        .stream().flatMap(user -> of(operation, user, threadId).stream()))
                .filter(keyed -> keyed.key().threadId() != null)
                .distinct()
                .toList();
    }

    /** Whether the operation is counted, and only in windows of its thread. */
    boolean onlyInThread(@Nullable ChatOperation operation) {
        List<Rule> rules = operation == null ? List.of() : windows.of(operation);
        return !rules.isEmpty() && rules.stream().noneMatch(rule -> rule.scope() == RateWindows.Scope.USER);
    }

    /** The rule for all calls from an address with tokens that the service has not accepted yet. */
    List<KeyedRule> ofAddress(String address) {
        return windows.unproven().stream()
                .map(rule -> new KeyedRule(new ScopeKey(rule.name(), address, null), rule))
                .toList();
    }
}
