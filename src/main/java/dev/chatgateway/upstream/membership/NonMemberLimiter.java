package dev.chatgateway.upstream.membership;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Limits how often all non-members of a thread together may read its earlier messages: to a small part of the window that
 * its members share. Guarded by the lock of {@link MembershipFilter}.
 */
final class NonMemberLimiter {
    static final String WORDS = "5 readings in 10 s per thread by users who do not take part in it";

    private static final int CALLS = 5;
    private static final long WINDOW_MS = 10_000;

    /** Threads remembered; beyond it the least recently used is removed, which admits more calls. */
    private static final int KEPT = 10_000;

    private final Map<String, Window> windows = new LinkedHashMap<>(16, 0.75f, true);

    private record Window(long begunAt, int calls) {}

    /** Admits a call and returns 0, or returns the milliseconds until a call would be admitted. */
    long enter(String threadId, long now) {
        Window window = windows.get(threadId);
        if (window == null || now - window.begunAt >= WINDOW_MS) {
            windows.put(threadId, new Window(now, 1));
            if (windows.size() > KEPT) {
                windows.remove(windows.keySet().iterator().next());
            }
            return 0;
        }
        if (window.calls == CALLS) {
            return window.begunAt + WINDOW_MS - now;
        }
        windows.put(threadId, new Window(window.begunAt, window.calls + 1));
        return 0;
    }
}
