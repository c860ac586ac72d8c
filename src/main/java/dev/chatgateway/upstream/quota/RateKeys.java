package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.quota.RateWindows.Rule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whose windows a call is counted in. Pure. */
record RateKeys(RateWindows windows) {
    /** One scope: a rule and whom it is counted for. */
    record ScopeKey(
            String rule, @Nullable String owner, @Nullable String threadId) {}

    record Account(ScopeKey key, Rule rule) {}

    /** The accounts of a user's call, the narrowest first; none for what the service does not count. */
    List<Account> of(@Nullable ChatOperation operation, @Nullable String userId, @Nullable String threadId) {
        if (userId == null) {
            return List.of();
        }
        List<Account> accounts = new ArrayList<>(2);
        for (Rule rule : windows.ofCall(operation)) {
            ScopeKey key =
                    switch (rule.scope()) {
                        case USER_AND_THREAD -> new ScopeKey(rule.name(), userId, threadId);
                        case USER, ADDRESS -> new ScopeKey(rule.name(), userId, null);
                        case THREAD -> new ScopeKey(rule.name(), null, threadId);
                    };
            accounts.add(new Account(key, rule));
        }
        return accounts;
    }

    /** Whether all accounts of an operation are of its thread. */
    boolean ofThread(@Nullable ChatOperation operation) {
        List<Rule> rules = operation == null ? List.of() : windows.of(operation);
        return !rules.isEmpty() && rules.stream().noneMatch(rule -> rule.scope() == RateWindows.Scope.USER);
    }

    /** The accounts of a thread, and of some users in it. */
    List<Account> inThread(String threadId, Collection<String> users) {
        return Arrays.stream(ChatOperation.values())
                .flatMap(operation -> (users.isEmpty() ? List.of("") : users)
                        .stream().flatMap(user -> of(operation, user, threadId).stream()))
                .filter(account -> account.key().threadId() != null)
                .distinct()
                .toList();
    }

    /** The account of whoever comes from an address with a token that is not proven. */
    List<Account> ofAddress(String address) {
        return windows.unproven().stream()
                .map(rule -> new Account(new ScopeKey(rule.name(), address, null), rule))
                .toList();
    }
}
