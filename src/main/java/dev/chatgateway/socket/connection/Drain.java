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
 * The end of a loop's connections: each is told its own moment to move, evenly over the window and in no order, so that
 * the nodes that take them see no crowd; who is still here some time after its moment is closed. Owned by the loop.
 */
public final class Drain {
    private static final long STEP_MS = 100;
    /** So long after its moment a client may still be on its way. */
    private static final long GRACE_MS = 2_000;

    private final Vertx vertx;
    private final long windowMs;
    private final Clock clock;
    private final SocketMetrics metrics;
    private final Deque<Leaving> leaving = new ArrayDeque<>();
    private final Promise<Void> done = Promise.promise();

    private record Leaving(Connection connection, long untilMs) {}

    public Drain(Vertx vertx, List<Connection> all, long windowMs, Clock clock, SocketMetrics metrics) {
        this.vertx = vertx;
        this.windowMs = windowMs;
        this.clock = clock;
        this.metrics = metrics;
        metrics.drained("told", all.size());
        List<Connection> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled);
        long now = clock.millis();
        // The last ones are closed within the window.
        long spread = Math.max(1, windowMs - GRACE_MS - STEP_MS);
        for (int i = 0; i < shuffled.size(); i++) {
            long afterMs = spread * i / shuffled.size();
            shuffled.get(i)
                    .tell("reconnect", new JsonObject().put("afterMs", afterMs).put("reason", "drain"));
            leaving.add(new Leaving(shuffled.get(i), now + afterMs + GRACE_MS));
        }
    }

    /** Done when all have gone. */
    public Future<Void> run() {
        long end = clock.millis() + windowMs;
        vertx.setPeriodic(STEP_MS, timer -> {
            long now = clock.millis();
            leaving.removeIf(next -> {
                boolean over = next.connection.over();
                boolean due = !over && (now >= next.untilMs || now >= end);
                if (due) {
                    next.connection.close(CloseCode.DRAINING);
                }
                if (over || due) {
                    metrics.drained(over ? "gone" : "closed", 1);
                }
                return over || due;
            });
            if (leaving.isEmpty()) {
                vertx.cancelTimer(timer);
                done.complete();
            }
        });
        return done.future();
    }
}
