package dev.chatgateway.socket.connection;

import java.util.ArrayList;
import java.util.List;

/**
 * All connections of a loop, by when each must be looked at again, to the second: one timer for all, and a turn touches
 * only those whose time has come. Owned by the loop.
 */
public final class TimerWheel {
    /** Beyond the longest usual wait, the ping; what is due later is looked at early. */
    private static final int SLOTS = 64;

    private static final long SLOT_MS = 1_000;

    private final List<List<Connection>> slots = new ArrayList<>(SLOTS);
    private int turn;
    private long lastMs;

    /** Where a connection stands; one for each, kept by the connection. */
    static final class Place {
        private int slot = -1;
        private int index;
    }

    public TimerWheel(long nowMs) {
        for (int i = 0; i < SLOTS; i++) {
            slots.add(new ArrayList<>(0));
        }
        lastMs = nowMs;
    }

    /** Puts a connection in, to come up in that time. */
    public void add(Connection connection, long inMs) {
        int ahead = (int) Math.max(1, Math.min(SLOTS - 1, (inMs + SLOT_MS - 1) / SLOT_MS));
        Place place = connection.place();
        place.slot = (turn + ahead) % SLOTS;
        List<Connection> slot = slots.get(place.slot);
        place.index = slot.size();
        slot.add(connection);
    }

    /** Takes a connection out. */
    public void remove(Connection connection) {
        Place place = connection.place();
        if (place.slot >= 0) {
            List<Connection> slot = slots.get(place.slot);
            Connection last = slot.remove(slot.size() - 1);
            if (last != connection) {
                slot.set(place.index, last);
                last.place().index = place.index;
            }
            place.slot = -1;
        }
    }

    /** Takes out those whose time has come. A clock that was set back does not stop the wheel. */
    public List<Connection> due(long nowMs) {
        List<Connection> due = new ArrayList<>();
        long turns = Math.max(1, Math.min(SLOTS, (nowMs - lastMs) / SLOT_MS));
        lastMs = nowMs;
        for (int i = 0; i < turns; i++) {
            turn = (turn + 1) % SLOTS;
            due.addAll(slots.get(turn));
            // A new list, as a crowd that came at once must not keep its room for ever.
            slots.set(turn, new ArrayList<>(0));
        }
        due.forEach(connection -> connection.place().slot = -1);
        return due;
    }

    /** Everyone. */
    public List<Connection> all() {
        return slots.stream().flatMap(List::stream).toList();
    }
}
