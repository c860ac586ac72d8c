package dev.chatgateway.socket;

import dev.chatgateway.metrics.SocketMetrics;
import io.vertx.core.http.HttpConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Connections that have asked for nothing yet: whoever takes too long is cut off. Owned by one event loop. */
final class Newcomers {
    private final Map<HttpConnection, Long> begun = new HashMap<>();
    private final long limitMs;
    private final SocketMetrics metrics;

    Newcomers(long limitMs, SocketMetrics metrics) {
        this.limitMs = limitMs;
        this.metrics = metrics;
    }

    void add(HttpConnection connection, long nowMs) {
        begun.put(connection, nowMs);
        connection.closeHandler(gone -> begun.remove(connection));
    }

    /** It has asked; the result is when it began, now if it has asked before. */
    long asked(HttpConnection connection, long nowMs) {
        Long since = begun.remove(connection);
        return since == null ? nowMs : since;
    }

    /** Cuts off those who are late. */
    void tick(long nowMs) {
        List<HttpConnection> late = begun.entrySet().stream()
                .filter(entry -> nowMs > entry.getValue() + limitMs)
                .map(Map.Entry::getKey)
                .toList();
        late.forEach(connection -> {
            metrics.connectionRefused("handshakeTimeout");
            begun.remove(connection);
            connection.close();
        });
    }
}
