package dev.chatgateway.socket.connection;

import dev.chatgateway.metrics.SocketMetrics;
import dev.chatgateway.protocol.CloseCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * Drains the connections of one event loop. Each client gets a time to reconnect, spread evenly over the window in
 * random order, so that other nodes see no burst. A client that is still connected two seconds after its time is
 * closed. Owned by the event loop.
 */
public final class Drain {
    private static final long CHECK_MS = 100;
    /** Time that a client has to disconnect by itself. */
    private static final long GRACE_MS = 2_000;

    private final Vertx vertx;
    private final long windowMs;
    private final Clock clock;
    private final SocketMetrics metrics;
    private final Deque<Draining> remaining = new ArrayDeque<>();
    private final Promise<Void> done = Promise.promise();

    private record Draining(Connection connection, long closeAtMs) {}

    public Drain(Vertx vertx, List<Connection> all, long windowMs, Clock clock, SocketMetrics metrics) {
        this.vertx = vertx;
        this.windowMs = windowMs;
        this.clock = clock;
        this.metrics = metrics;
        metrics.moved("told", all.size());
        List<Connection> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled);
        long now = clock.millis();
        // The last clients must be closed within the window.
        long spreadMs = Math.max(1, windowMs - GRACE_MS - CHECK_MS);
        for (int i = 0; i < shuffled.size(); i++) {
            long afterMs = spreadMs * i / shuffled.size();
            shuffled.get(i)
                    .sendNotification(
                            "reconnect",
                            new JsonObject().put("afterMs", afterMs).put("reason", "drain"));
            remaining.add(new Draining(shuffled.get(i), now + afterMs + GRACE_MS));
        }
    }

    /** Completes when no connection is left. */
    public Future<Void> run() {
        long endMs = clock.millis() + windowMs;
        vertx.setPeriodic(CHECK_MS, timer -> {
            long now = clock.millis();
            remaining.removeIf(next -> {
                boolean gone = next.connection.isClosed();
                boolean due = !gone && (now >= next.closeAtMs || now >= endMs);
                if (due) {
                    next.connection.close(CloseCode.DRAINING);
                }
                if (gone || due) {
                    metrics.moved(gone ? "gone" : "closed", 1);
                }
                return gone || due;
            });
            if (remaining.isEmpty()) {
                vertx.cancelTimer(timer);
                done.complete();
            }
        });
        return done.future();
    }
}
