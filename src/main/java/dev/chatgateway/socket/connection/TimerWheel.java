package dev.chatgateway.socket.connection;

import java.util.ArrayList;
import java.util.List;

/**
 * A hashed timer wheel with one-second ticks for the connections of an event loop. All connections share one timer, and
 * a tick visits only those that are due. Owned by the event loop.
 */
public final class TimerWheel {
    /** More than the usual ping interval. A connection with a later due time is visited early. */
    private static final int BUCKETS = 64;

    private static final long TICK_MS = 1_000;

    private final List<List<Connection>> buckets = new ArrayList<>(BUCKETS);
    private int current;
    private long lastMs;

    /** The position of a connection in the wheel. Each connection keeps its own. */
    static final class Position {
        private int bucket = -1;
        private int index;
    }

    public TimerWheel(long nowMs) {
        for (int i = 0; i < BUCKETS; i++) {
            buckets.add(new ArrayList<>(0));
        }
        lastMs = nowMs;
    }

    /** Adds a connection, due after {@code delayMs}. */
    public void add(Connection connection, long delayMs) {
        int ahead = (int) Math.max(1, Math.min(BUCKETS - 1, (delayMs + TICK_MS - 1) / TICK_MS));
        Position position = connection.timerPosition();
        position.bucket = (current + ahead) % BUCKETS;
        List<Connection> bucket = buckets.get(position.bucket);
        position.index = bucket.size();
        bucket.add(connection);
    }

    /** Removes a connection; no effect if it is not in the wheel. */
    public void remove(Connection connection) {
        Position position = connection.timerPosition();
        if (position.bucket >= 0) {
            List<Connection> bucket = buckets.get(position.bucket);
            Connection last = bucket.remove(bucket.size() - 1);
            if (last != connection) {
                bucket.set(position.index, last);
                last.timerPosition().index = position.index;
            }
            position.bucket = -1;
        }
    }

    /**
     * Removes and returns the connections that are due. Advances by one tick at least, so that a clock that was set
     * back does not stop the wheel.
     */
    public List<Connection> due(long nowMs) {
        List<Connection> due = new ArrayList<>();
        long ticks = Math.max(1, Math.min(BUCKETS, (nowMs - lastMs) / TICK_MS));
        lastMs = nowMs;
        for (int i = 0; i < ticks; i++) {
            current = (current + 1) % BUCKETS;
            due.addAll(buckets.get(current));
            // A new list, so that the capacity of a burst is not kept for ever.
            buckets.set(current, new ArrayList<>(0));
        }
        due.forEach(connection -> connection.timerPosition().bucket = -1);
        return due;
    }

    /** All connections in the wheel. */
    public List<Connection> all() {
        return buckets.stream().flatMap(List::stream).toList();
    }
}
