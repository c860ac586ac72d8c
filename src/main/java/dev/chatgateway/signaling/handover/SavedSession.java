package dev.chatgateway.signaling.handover;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What another node needs to continue a session: the position up to which its client has acknowledged each thread. Pushes
 * that were not acknowledged are read again from there.
 *
 * @param floor when the session began: events after it must reach the client; epoch milliseconds by the service's clock
 * @param listed whether all threads of the session's beginning have a position: a thread without one came later
 * @param positions cursors by thread id
 */
public record SavedSession(long floor, boolean listed, Map<String, String> positions) {
    public SavedSession {
        positions = Map.copyOf(positions);
    }

    String text() {
        JsonObject cursors = new JsonObject();
        positions.forEach(cursors::put);
        return new JsonObject()
                .put("floor", floor)
                .put("listed", listed)
                .put("positions", cursors)
                .encode();
    }

    /** Empty for a text that this version cannot read. */
    static Optional<SavedSession> of(String text) {
        try {
            JsonObject json = new JsonObject(text);
            Map<String, String> positions = new HashMap<>();
            json.getJsonObject("positions")
                    .forEach(cursor -> positions.put(cursor.getKey(), (String) cursor.getValue()));
            return Optional.of(new SavedSession(json.getLong("floor"), json.getBoolean("listed"), positions));
        } catch (DecodeException | ClassCastException | NullPointerException unknown) {
            return Optional.empty();
        }
    }
}
