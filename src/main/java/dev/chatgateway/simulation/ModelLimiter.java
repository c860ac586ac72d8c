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

/** The rate limiter of the modelled chat service. A call above a window's limit is refused, and counts as well. */
final class ModelLimiter {
    private final RateWindows windows;
    /** Arrival times of the calls in a window, by rule, window and scope. */
    private final Map<String, Deque<Long>> calls = new HashMap<>();

    private final Map<String, Double> peaks = new TreeMap<>();

    ModelLimiter(RateWindows windows) {
        this.windows = windows;
    }

    /** Counts a call that arrives now; returns false if the service responds with 429. */
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
                peaks.merge(label(rule, window), (double) times.size() / window.calls(), Math::max);
            }
        }
        return admitted;
    }

    /** The highest utilization of each window in any scope, by the label of the window; 1 is full. */
    Map<String, Double> peaks() {
        return peaks;
    }

    private static String label(Rule rule, Window window) {
        return rule.name() + ": " + window.calls() + " calls in " + window.ms() / 1000 + " s per "
                + rule.scope().label();
    }
}
