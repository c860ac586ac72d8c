package dev.chatgateway.poll.thread;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Users who were shown typing in the last seconds, so that a push does not repeat it. Bounded by the participants of a
 * small thread. Lives on the poller's context.
 */
final class ShownTyping {
    private static final long REPEAT_MS = 5_000;

    private Map<String, Long> shown = Collections.emptyMap();

    void add(String senderId, long now) {
        if (shown.isEmpty()) {
            shown = new HashMap<>();
        }
        shown.values().removeIf(at -> now - at >= REPEAT_MS);
        shown.put(senderId, now);
    }

    /** Whether the sender was not shown in the last seconds. */
    boolean isNew(String senderId, long now) {
        Long at = shown.get(senderId);
        return at == null || now - at >= REPEAT_MS;
    }
}
