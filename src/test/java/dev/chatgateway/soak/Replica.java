package dev.chatgateway.soak;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one client believes of one thread: fresh state, then events. The oracle compares it with what the service lists:
 * old state + events = new state. Owned by the client's event loop.
 */
final class Replica {
    private final Map<String, State> states = new TreeMap<>();
    private final Set<String> deliveredHere = new HashSet<>();
    private final List<String> faults = new ArrayList<>();

    /** One message in one state. */
    record State(long version, String text, boolean deleted) {}

    /** A new connection: what it delivers is counted anew. */
    void connected() {
        deliveredHere.clear();
    }

    /** Fresh state replaces all that was believed. */
    void fresh(JsonArray messages) {
        states.clear();
        messages.forEach(m -> states.put(((JsonObject) m).getString("id"), ofRest((JsonObject) m)));
        states.values().removeIf(s -> s.text() == null && !s.deleted());
    }

    /** One message event. */
    void event(String method, JsonObject event) {
        String id = event.getString("id");
        long version = Long.parseLong(event.getString("version"));
        if (!deliveredHere.add(id + "/" + version)) {
            faults.add("doubled " + method + " " + id + "/" + version);
        }
        State before = states.get(id);
        if (before != null && before.version() > version) {
            faults.add("went back " + method + " " + id + " from " + before.version() + " to " + version);
        }
        states.put(id, new State(version, event.getString("message"), method.equals("chatMessageDeleted")));
    }

    /** What went wrong on the way. */
    List<String> faults() {
        return faults;
    }

    /** The differences from the service's own listing, which is newest first; empty when they agree. */
    List<String> differences(JsonArray listing) {
        Map<String, State> truth = new HashMap<>();
        listing.stream()
                .map(m -> (JsonObject) m)
                .filter(m -> Set.of("text", "html").contains(m.getString("type")))
                .forEach(m -> truth.put(m.getString("id"), ofRest(m)));
        List<String> differences = new ArrayList<>();
        truth.forEach((id, state) -> {
            if (!state.equals(states.get(id))) {
                differences.add(id + ": believed " + states.get(id) + ", is " + state);
            }
        });
        return differences;
    }

    private static State ofRest(JsonObject message) {
        boolean deleted = message.getString("deletedOn") != null;
        JsonObject content = message.getJsonObject("content", new JsonObject());
        return new State(
                Long.parseLong(message.getString("version")), deleted ? null : content.getString("message"), deleted);
    }
}
