package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The newest message states of one thread that this event loop has delivered, so that each state is delivered once. Bounded:
 * the oldest entry is dropped.
 */
final class DuplicateFilter {
    private static final int MAX_ENTRIES = 1024;

    private final Map<Long, State> states = new LinkedHashMap<>();

    /** @param revision of the update that carried it */
    private record State(long version, long revision) {}

    /**
     * Records an event of an update. An event without a message is never a duplicate.
     *
     * @return false when the same state or a newer state of its message was recorded before
     */
    boolean add(EncodedEvent event, long revision) {
        return event.message().map(message -> add(message, revision)).orElse(true);
    }

    private boolean add(ChatMessage message, long revision) {
        State known = states.get(message.arrivedAt());
        if (known != null && known.version >= message.version()) {
            return false;
        }
        states.put(message.arrivedAt(), new State(message.version(), revision));
        if (states.size() > MAX_ENTRIES) {
            states.remove(states.keySet().iterator().next());
        }
        return true;
    }

    /** The states of updates with a higher revision, id to version. */
    Map<Long, Long> since(long revision) {
        Map<Long, Long> since = new HashMap<>();
        states.forEach((id, state) -> {
            if (state.revision > revision) {
                since.put(id, state.version);
            }
        });
        return since;
    }

    /** Whether a newer state of a listed message (id to version) was delivered: then the listing is outdated. */
    boolean hasNewerThan(Map<Long, Long> listed) {
        return listed.entrySet().stream().anyMatch(e -> {
            State known = states.get(e.getKey());
            return known != null && known.version > e.getValue();
        });
    }
}
