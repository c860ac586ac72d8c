package dev.chatgateway.socket.connection;

import dev.chatgateway.event.NodeState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs one line for each connection when it ends. The log rate limit applies. */
final class ConnectionLog {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLog.class);

    private ConnectionLog() {}

    static void logClosed(NodeState.ConnectionEntry connection, int closeCode, Instant now) {
        NodeState.TrafficCounters traffic = connection.traffic();
        LOG.info(
                "connection {} of {} ended with {} after {} s: {} subscriptions,"
                        + " in {} frames {} bytes, out {} frames {} bytes, over {}",
                connection.id(),
                Objects.requireNonNullElse(connection.userId(), "-"),
                closeCode,
                Duration.between(connection.openedOn(), now).toSeconds(),
                connection.subscriptions(),
                traffic.framesIn(),
                traffic.bytesIn(),
                traffic.framesOut(),
                traffic.bytesOut(),
                connection.transport());
    }
}
