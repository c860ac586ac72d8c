package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import java.util.LinkedHashMap;
import java.util.Map;

/** The newest states of a thread that passed this loop: each goes out once. Bounded: the oldest is forgotten. */
final class DeliveredStates {
    private static final int KEPT = 1024;

    private final Map<Long, Long> versions = new LinkedHashMap<>();

    /** Remembers a state; false when it, or a newer one of its message, was here before. */
    boolean add(ChatMessage message) {
        Long known = versions.get(message.arrivedAt());
        if (known != null && known >= message.version()) {
            return false;
        }
        versions.put(message.arrivedAt(), message.version());
        if (versions.size() > KEPT) {
            versions.remove(versions.keySet().iterator().next());
        }
        return true;
    }

    /** Whether a listing with these states lacks one that was delivered already. */
    boolean ahead(Map<Long, Long> listed) {
        return listed.entrySet().stream().anyMatch(e -> versions.getOrDefault(e.getKey(), 0L) > e.getValue());
    }
}
