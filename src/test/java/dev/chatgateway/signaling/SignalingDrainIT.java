package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node that stops asks clients to move, and closes those that stay. */
class SignalingDrainIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("embedded.rateLimits", "off").with("process.reconnectSeconds", "4");

    @Test
    void clients_are_asked_to_move_before_the_end() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("t", ann);
        try (WireClient mover = new WireClient(GATEWAY.endpoints().http(), "mover", ann::token).ready();
                WireClient stayer = new WireClient(GATEWAY.endpoints().http(), "stayer", ann::token).ready()) {
            ann.send(thread, "hello");
            mover.until(client -> client.texts().contains("hello"));
            stayer.until(client -> client.texts().contains("hello"));
            String reconnect = "5:::{\"name\":\"trouter.reconnect\",\"args\":[{\"target\":\"self\"}]}";
            CompletableFuture<Void> stopped = GATEWAY.stop().toCompletableFuture();
            mover.until(client -> client.packets().contains(reconnect));
            assertThat(mover.packets()).doesNotContain("0::");
            assertThat(mover.allocate("new")).isEqualTo(503);
            mover.away();
            stayer.until(client -> client.packets().contains("0::"));
            assertThat(stayer.packets()).containsSubsequence(reconnect, "0::");
            assertThat(mover.packets()).doesNotContain("0::");
            assertThat(stayer.status(401)).isZero();
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(stopped::isDone);
            assertThat(stopped).isCompleted();
        }
    }
}
