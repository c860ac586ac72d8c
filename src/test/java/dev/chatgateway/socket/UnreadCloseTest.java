package dev.chatgateway.socket;

import static dev.chatgateway.socket.RawPeer.TEXT;
import static dev.chatgateway.socket.RawPeer.frame;
import static dev.chatgateway.socket.RawPeer.request;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.chatgateway.testing.GatewayExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The closing handshake has a time limit whichever side begins it. The outbound limits are too high to matter here. */
class UnreadCloseTest {
    private static final int PARTS = 40;
    private static final int REQUESTS = 1_000;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("limits.outboundBytes", "268435456")
            .with("limits.outboundSeconds", "600")
            .with("limits.requestsPerSecond", "100000")
            .with("limits.requestsBurst", "100000")
            .with("limits.authenticateSeconds", "120")
            .with("limits.idleSeconds", "600")
            .with("limits.handshakeSeconds", "2");

    @Test
    void peer_that_closes_and_reads_nothing_is_disconnected() throws IOException {
        try (RawPeer peer = new RawPeer(GATEWAY.endpoints().http().getPort(), new byte[0])) {
            ByteArrayOutputStream part = new ByteArrayOutputStream();
            for (int i = 0; i < REQUESTS; i++) {
                part.writeBytes(frame(TEXT, request("x".repeat(128))));
            }
            for (int i = 0; i < PARTS; i++) {
                peer.send(part.toByteArray());
            }
            peer.send(RawPeer.close(1000, ""));
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThatThrownBy(() -> peer.send(frame(RawPeer.PING, "")))
                            .isInstanceOf(IOException.class));
        }
    }
}
