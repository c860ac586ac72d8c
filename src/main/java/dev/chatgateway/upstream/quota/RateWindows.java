package dev.chatgateway.upstream.quota;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.upstream.ChatOperation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rate limits of the chat service: which windows each operation is counted in (docs/service-reference.md, Rate
 * limits), and the gateway's own for calls with tokens that the service has not accepted yet.
 *
 * @param unproven for calls with such tokens; empty if they are not limited
 * @param others for requests that are no operation of the service, which publishes no limits for them; empty if they are
 *     not limited
 */
public record RateWindows(Map<ChatOperation, List<Rule>> rules, Optional<Rule> unproven, Optional<Rule> others) {
    private static final int UNPROVEN_CALLS = 1000;
    private static final int OTHER_CALLS = 200;
    private static final long TEN_SECONDS = 10_000;
    private static final long MINUTE = 60_000;

    public RateWindows {
        rules = Map.copyOf(rules);
    }

    /** Whose calls a limit counts, the narrowest first. */
    public enum Scope {
        USER_AND_THREAD("user and thread"),
        USER("user"),
        THREAD("thread"),
        /** Not a limit of the service: all clients at one address whose tokens it has not accepted yet. */
        ADDRESS("client address");

        private final String label;

        Scope(String label) {
            this.label = label;
        }

        /** The scope as messages name it. */
        public String label() {
            return label;
        }
    }

    /** At most that many calls in any span of that many milliseconds. */
    public record Window(int calls, long ms) {}

    /**
     * Calls that are counted together.
     *
     * @param name the same for all operations that share the windows
     */
    public record Rule(String name, Scope scope, List<Window> windows) {
        public Rule {
            windows = List.copyOf(windows);
        }

        /** The limit as configuration, metrics and messages name it. */
        public String limit() {
            return name + " per " + scope.label();
        }

        /** The limit with its windows, as error messages name it. */
        String words() {
            StringBuilder words = new StringBuilder(name);
            for (Window window : windows) {
                words.append(words.length() == name.length() ? ": " : ", ")
                        .append(window.calls())
                        .append(" calls in ")
                        .append(window.ms() / 1000)
                        .append(" s");
            }
            return words.append(" per ").append(scope.label()).toString();
        }

        /** The longest span that a call must be remembered for, in milliseconds. */
        long memoryMs() {
            return windows.stream().mapToLong(Window::ms).max().orElse(0);
        }

        /** The shortest of the windows, in milliseconds. */
        long shortestMs() {
            return windows.stream().mapToLong(Window::ms).min().orElse(0);
        }
    }

    /** The windows of an operation, the narrowest scope first; empty when it is not limited. */
    public List<Rule> of(ChatOperation operation) {
        return rules.getOrDefault(operation, List.of());
    }

    /** The windows of a request, which may be no operation of the service. */
    List<Rule> ofCall(@Nullable ChatOperation operation) {
        return operation == null ? others.stream().toList() : of(operation);
    }

    /** No limits, for load tests against an embedded service that has none either. */
    public static RateWindows none() {
        return new RateWindows(Map.of(), Optional.empty(), Optional.empty());
    }

    /** The limits that the service publishes. */
    public static RateWindows published() {
        Map<ChatOperation, List<Rule>> rules = new EnumMap<>(ChatOperation.class);
        rules.put(ChatOperation.CREATE_THREAD, List.of(rule("createThread", Scope.USER, 10)));
        rules.put(ChatOperation.DELETE_THREAD, List.of(rule("deleteThread", Scope.USER, 10)));
        rules.put(ChatOperation.UPDATE_THREAD, List.of(rule("updateThread", Scope.THREAD, 5)));
        Rule participants = rule("changeParticipants", Scope.THREAD, 10, 30);
        rules.put(ChatOperation.ADD_PARTICIPANTS, List.of(participants));
        rules.put(ChatOperation.REMOVE_PARTICIPANT, List.of(participants));
        Rule threads = rule("getThreads", Scope.USER, 50);
        rules.put(ChatOperation.GET_THREAD, List.of(threads));
        rules.put(ChatOperation.LIST_THREADS, List.of(threads));
        rules.put(
                ChatOperation.GET_MESSAGE,
                List.of(rule("getMessage", Scope.USER_AND_THREAD, 50), rule("getMessage", Scope.THREAD, 250)));
        rules.put(
                ChatOperation.LIST_MESSAGES,
                List.of(
                        rule("listMessages", Scope.USER_AND_THREAD, 50, 200),
                        rule("listMessages", Scope.THREAD, 250, 400)));
        rules.put(
                ChatOperation.LIST_READ_RECEIPTS,
                List.of(rule("listReceipts", Scope.USER_AND_THREAD, 5), rule("listReceipts", Scope.THREAD, 100)));
        rules.put(
                ChatOperation.LIST_PARTICIPANTS,
                List.of(
                        rule("listParticipants", Scope.USER_AND_THREAD, 10),
                        rule("listParticipants", Scope.THREAD, 250)));
        Rule writes = rule("writeMessages", Scope.THREAD, 10, 30);
        rules.put(ChatOperation.SEND_MESSAGE, List.of(writes));
        rules.put(ChatOperation.UPDATE_MESSAGE, List.of(writes));
        rules.put(ChatOperation.DELETE_MESSAGE, List.of(writes));
        rules.put(ChatOperation.SEND_READ_RECEIPT, List.of(rule("sendReceipt", Scope.USER_AND_THREAD, 10, 30)));
        rules.put(
                ChatOperation.SEND_TYPING,
                List.of(rule("typing", Scope.USER_AND_THREAD, 5, 15), rule("typing", Scope.THREAD, 10, 30)));
        return new RateWindows(rules, unproven(UNPROVEN_CALLS), others(OTHER_CALLS));
    }

    /**
     * The published limits, with the windows of the configuration where it names some.
     *
     * @throws IllegalArgumentException if the configuration names a limit that is not published; the message names the key
     */
    public static RateWindows of(GatewayConfig.Ledger config) {
        RateWindows published = published();
        Map<String, List<Window>> own = new LinkedHashMap<>();
        for (GatewayConfig.Ledger.Window window : config.windows()) {
            if (!published.limits().contains(window.limit())) {
                throw new IllegalArgumentException("ledger.windows.limit: " + window.limit() + " (expected: one of "
                        + String.join(", ", published.limits()) + ")");
            }
            own.computeIfAbsent(window.limit(), limit -> new ArrayList<>())
                    .add(new Window(window.calls(), window.seconds() * 1000L));
        }
        Map<ChatOperation, List<Rule>> rules = new EnumMap<>(ChatOperation.class);
        published.rules.forEach((operation, all) -> rules.put(
                operation,
                all.stream()
                        .map(r -> new Rule(
                                r.name(), r.scope(), Objects.requireNonNull(own.getOrDefault(r.limit(), r.windows()))))
                        .toList()));
        return new RateWindows(rules, unproven(config.unprovenCalls()), others(config.otherCalls()));
    }

    private static Optional<Rule> unproven(int calls) {
        return Optional.of(rule("unprovenTokens", Scope.ADDRESS, calls));
    }

    private static Optional<Rule> others(int calls) {
        return Optional.of(rule("otherCalls", Scope.USER, calls));
    }

    /** The names of all limits. */
    public List<String> limits() {
        TreeSet<String> limits = new TreeSet<>();
        rules.values().forEach(all -> all.forEach(rule -> limits.add(rule.limit())));
        unproven.ifPresent(rule -> limits.add(rule.limit()));
        others.ifPresent(rule -> limits.add(rule.limit()));
        return List.copyOf(limits);
    }

    private static Rule rule(String name, Scope scope, int perTenSeconds) {
        return new Rule(name, scope, List.of(new Window(perTenSeconds, TEN_SECONDS)));
    }

    private static Rule rule(String name, Scope scope, int perTenSeconds, int perMinute) {
        return new Rule(name, scope, List.of(new Window(perTenSeconds, TEN_SECONDS), new Window(perMinute, MINUTE)));
    }
}
