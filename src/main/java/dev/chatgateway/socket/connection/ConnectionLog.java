package dev.chatgateway.socket.connection;

import dev.chatgateway.event.NodeState;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for each connection's life, at its end. Floods are cut where lines are written. */
final class ConnectionLog {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLog.class);

    private ConnectionLog() {}

    static void ended(NodeState.ConnectionEntry life, int closeCode, Instant now) {
        NodeState.TrafficCounters traffic = life.traffic();
        LOG.info(
                "connection {} of {} ended with {} after {} s: {} subscriptions,"
                        + " in {} frames {} bytes, out {} frames {} bytes",
                life.id(),
                Objects.requireNonNullElse(life.userId(), "-"),
                closeCode,
                Duration.between(life.openedOn(), now).toSeconds(),
                life.subscriptions(),
                traffic.framesIn(),
                traffic.bytesIn(),
                traffic.framesOut(),
                traffic.bytesOut());
    }
}
