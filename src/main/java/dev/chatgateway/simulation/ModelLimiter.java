package dev.chatgateway.simulation;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.quota.RateWindows;
import dev.chatgateway.upstream.quota.RateWindows.Rule;
import dev.chatgateway.upstream.quota.RateWindows.Window;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** The chat service's own count of calls, as the model keeps it: what is over a window is refused, and counts too. */
final class ModelLimiter {
    private final RateWindows windows;
    private final Map<String, Deque<Long>> calls = new HashMap<>();
    private final Map<String, Double> peaks = new TreeMap<>();

    ModelLimiter(RateWindows windows) {
        this.windows = windows;
    }

    /** Counts a call that arrives now; false: 429. */
    boolean admit(ChatCall call, long now) {
        boolean admitted = true;
        for (Rule rule : windows.of(call.operation())) {
            for (Window window : rule.windows()) {
                String key = rule.name()
                        + window.ms()
                        + switch (rule.scope()) {
                            case USER_AND_THREAD -> call.token().userId() + '|' + call.threadId();
                            case USER -> call.token().userId();
                            case THREAD -> "|" + call.threadId();
                            case ADDRESS -> "";
                        };
                Deque<Long> times = calls.computeIfAbsent(key, k -> new ArrayDeque<>());
                while (!times.isEmpty() && times.getFirst() <= now - window.ms()) {
                    times.removeFirst();
                }
                times.addLast(now);
                admitted &= times.size() <= window.calls();
                peaks.merge(words(rule, window), (double) times.size() / window.calls(), Math::max);
            }
        }
        return admitted;
    }

    /** The fullest that each window has been for anybody, 1 for full; by the window's name. */
    Map<String, Double> peaks() {
        return peaks;
    }

    private static String words(Rule rule, Window window) {
        return rule.name() + ": " + window.calls() + " calls in " + window.ms() / 1000 + " s per "
                + rule.scope().label();
    }
}
