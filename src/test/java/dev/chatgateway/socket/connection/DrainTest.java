package dev.chatgateway.socket.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.Management;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A node that stops while clients are connected. */
class DrainTest {
    private static final int CLIENTS = 20;

    @Test
    void clients_get_spread_reconnect_times_then_close_1012() throws Exception {
        GatewayExtension gateway = new GatewayExtension()
                .with("process.eventLoops", "1")
                .with("process.reconnectSeconds", "5")
                .with("limits.connectionsPerUser", "100");
        gateway.beforeAll(null);
        ServiceUser ann = ServiceUser.create(gateway);
        List<ChatSocket> sockets = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            sockets.add(ChatSocket.signIn(gateway, ann));
        }

        CompletableFuture<Void> ended = CompletableFuture.runAsync(() -> end(gateway));
        Management management = new Management(gateway);
        // Clients are notified at the start of the window, and the management port answers to its end.
        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                        management.get("/metrics").body())
                .contains("chatgateway_drain_connections_total{outcome=\"told\"} 20")
                .containsPattern("chatgateway_drain_seconds [0-9.]*[1-9]"));
        List<Long> delays = new ArrayList<>();
        for (ChatSocket socket : sockets) {
            JsonObject reconnect = socket.event("reconnect", e -> true);
            assertThat(reconnect.getString("reason")).isEqualTo("drain");
            delays.add(reconnect.getLong("afterMs"));
        }
        assertThatThrownBy(() -> ChatSocket.open(gateway))
                .as("no new connections")
                .isNotNull();

        delays.sort(null);
        assertThat(delays.get(0)).isZero();
        // Spread evenly over the window, except its last two seconds, which are the grace time.
        for (int i = 1; i < CLIENTS; i++) {
            assertThat(delays.get(i) - delays.get(i - 1)).isBetween(100L, 200L);
        }
        for (ChatSocket socket : sockets) {
            assertThat(socket.closeCode()).isEqualTo(1012);
        }
        ended.get(30, TimeUnit.SECONDS);
    }

    private static void end(GatewayExtension gateway) {
        try {
            gateway.afterAll(null);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
