package dev.chatgateway.poll.thread;

import dev.chatgateway.event.Roster;
import dev.chatgateway.poll.access.ProofAge;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Which typing notifications are shown although the rate limits kept the service from judging them. Lives on the poller's
 * context; holds no more entries than a small thread has members.
 */
final class ThrottledTyping {
    private static final long LEAST_MS = 5_000;

    private Map<String, Long> shown = Collections.emptyMap();

    /** Whether the roster is fresh enough to speak for the sender, and the sender was not shown just before. */
    boolean passes(String senderId, Roster roster, long now) {
        boolean fresh = now - roster.readAt().toEpochMilli() < ProofAge.FRESH_MS;
        if (!fresh || roster.member(senderId).isEmpty()) {
            return false;
        }
        shown.values().removeIf(at -> now - at >= LEAST_MS);
        if (shown.isEmpty()) {
            shown = new HashMap<>();
        }
        return shown.putIfAbsent(senderId, now) == null;
    }
}
