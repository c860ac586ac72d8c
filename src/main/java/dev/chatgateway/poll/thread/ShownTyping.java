package dev.chatgateway.poll.thread;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Who was shown writing in a thread just before, so that a push says nothing twice. Lives on the poller's context; holds no
 * more entries than a small thread has members.
 */
final class ShownTyping {
    private static final long LEAST_MS = 5_000;

    private Map<String, Long> shown = Collections.emptyMap();

    /** A sender is being shown. */
    void shown(String senderId, long now) {
        if (shown.isEmpty()) {
            shown = new HashMap<>();
        }
        shown.values().removeIf(at -> now - at >= LEAST_MS);
        shown.put(senderId, now);
    }

    /** Whether the sender was not shown in the last seconds. */
    boolean isNews(String senderId, long now) {
        Long at = shown.get(senderId);
        return at == null || now - at >= LEAST_MS;
    }
}
