package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** The newest states of a thread that passed this loop: each goes out once. Bounded: the oldest is forgotten. */
final class DuplicateFilter {
    private static final int KEPT = 1024;

    private final Map<Long, State> states = new LinkedHashMap<>();

    /** @param revision of the update that it came with */
    private record State(long version, long revision) {}

    /** Remembers an event of an update; false when it is a state that, or a newer one of its message, was here before. */
    boolean add(EncodedEvent text, long revision) {
        return text.message().map(message -> add(message, revision)).orElse(true);
    }

    private boolean add(ChatMessage message, long revision) {
        State known = states.get(message.arrivedAt());
        if (known != null && known.version >= message.version()) {
            return false;
        }
        states.put(message.arrivedAt(), new State(message.version(), revision));
        if (states.size() > KEPT) {
            states.remove(states.keySet().iterator().next());
        }
        return true;
    }

    /** Id to version of the states that came with updates of a higher revision. */
    Map<Long, Long> since(long revision) {
        Map<Long, Long> since = new HashMap<>();
        states.forEach((id, state) -> {
            if (state.revision > revision) {
                since.put(id, state.version);
            }
        });
        return since;
    }

    /** Whether a listing with these states lacks one that was delivered already. */
    boolean ahead(Map<Long, Long> listed) {
        return listed.entrySet().stream().anyMatch(e -> {
            State known = states.get(e.getKey());
            return known != null && known.version > e.getValue();
        });
    }
}
