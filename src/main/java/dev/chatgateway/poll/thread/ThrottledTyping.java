package dev.chatgateway.poll.thread;

import dev.chatgateway.event.Roster;
import dev.chatgateway.poll.access.ProofAge;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Decides which typing notifications are shown although the rate limits kept the service from checking their sender.
 * Bounded by the participants of a small thread. Lives on the poller's context.
 */
final class ThrottledTyping {
    private static final long REPEAT_MS = 5_000;

    private Map<String, Long> shown = Collections.emptyMap();

    /** Whether a fresh roster names the sender, who was not shown in the last seconds; then it counts as shown. */
    boolean show(String senderId, Roster roster, long now) {
        boolean fresh = now - roster.readAt().toEpochMilli() < ProofAge.FRESH_MS;
        if (!fresh || roster.member(senderId).isEmpty()) {
            return false;
        }
        shown.values().removeIf(at -> now - at >= REPEAT_MS);
        if (shown.isEmpty()) {
            shown = new HashMap<>();
        }
        return shown.putIfAbsent(senderId, now) == null;
    }
}
