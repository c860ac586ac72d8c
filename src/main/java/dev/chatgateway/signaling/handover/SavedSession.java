package dev.chatgateway.signaling.handover;

import dev.chatgateway.signaling.wire.DeliveredVersions.State;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What another node needs to continue a session: the position up to which its client has acknowledged each thread. Pushes
 * that were not acknowledged are read again from there.
 *
 * @param floor when the session began: events after it must reach the client; epoch milliseconds by the service's clock
 * @param listed whether all threads of the session's beginning have a position: a thread without one came later
 * @param positions cursors by thread id
 * @param leftPollingId of the polling connection that the client has left: its polls open none; empty for none
 * @param states message states of the last minute that the client has acknowledged; some may be newer than the position
 */
public record SavedSession(
        long floor, boolean listed, Map<String, String> positions, List<State> states, String leftPollingId) {
    public SavedSession {
        positions = Map.copyOf(positions);
        states = List.copyOf(states);
    }

    String text() {
        JsonObject cursors = new JsonObject();
        positions.forEach(cursors::put);
        JsonArray pairs = new JsonArray();
        states.forEach(state -> pairs.add(state.message()).add(state.version()));
        return new JsonObject()
                .put("floor", floor)
                .put("listed", listed)
                .put("positions", cursors)
                .put("states", pairs)
                .put("left", leftPollingId)
                .encode();
    }

    /** Empty for a text that this version cannot read. */
    static Optional<SavedSession> of(String text) {
        try {
            JsonObject json = new JsonObject(text);
            Map<String, String> positions = new HashMap<>();
            json.getJsonObject("positions")
                    .forEach(cursor -> positions.put(cursor.getKey(), (String) cursor.getValue()));
            JsonArray pairs = json.getJsonArray("states");
            List<State> states = new ArrayList<>();
            for (int i = 0; i + 1 < pairs.size(); i += 2) {
                states.add(new State(pairs.getLong(i), pairs.getLong(i + 1)));
            }
            return Optional.of(new SavedSession(
                    json.getLong("floor"), json.getBoolean("listed"), positions, states, json.getString("left", "")));
        } catch (DecodeException | ClassCastException | NullPointerException unknown) {
            return Optional.empty();
        }
    }
}
