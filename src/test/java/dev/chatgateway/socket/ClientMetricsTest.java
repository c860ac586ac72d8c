package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Metrics of delivery that come from the clients. */
class ClientMetricsTest {
    private static final String ACKNOWLEDGED = "chatgateway_event_acknowledged_seconds";
    private static final String TOKEN_LIFE = "chatgateway_token_life_seconds";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private final ServiceUser ann = ServiceUser.create(GATEWAY);

    @Test
    void ack_is_measured_and_an_invalid_cursor_is_ignored() {
        JsonObject on = new JsonObject().put("threadId", ann.createThread("Lunch"));
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            socket.call("subscribe", on);
            socket.call("sendMessage", on.copy().put("content", "Pizza?"));
            String cursor = socket.event("chatMessageReceived", e -> true).getString("cursor");
            double before = value(ACKNOWLEDGED + "_count");

            assertThat(acknowledge(socket, cursor)).isEmpty();
            assertThat(value(ACKNOWLEDGED + "_count")).isEqualTo(before + 1);
            assertThat(value(ACKNOWLEDGED + "_max")).isLessThan(60);

            String other = (cursor.charAt(20) == 'A' ? "B" : "A");
            for (String nonsense :
                    List.of("nonsense", "????", "AAAA", cursor.substring(0, 20) + other + cursor.substring(21))) {
                assertThat(acknowledge(socket, nonsense)).isEmpty();
            }
            assertThat(value(ACKNOWLEDGED + "_count")).isEqualTo(before + 1);
        }
    }

    private static JsonObject acknowledge(ChatSocket socket, String cursor) {
        return socket.call("ack", new JsonObject().put("cursor", cursor));
    }

    @Test
    void remaining_lifetime_of_accepted_tokens_is_measured() {
        double before = value(TOKEN_LIFE + "_count");
        double sum = value(TOKEN_LIFE + "_sum");
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket forger = ChatSocket.open(GATEWAY)) {
            forger.refused(
                    "authenticate",
                    new JsonObject().put("token", Tokens.of("stranger").secret()));
            Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(
                            value(TOKEN_LIFE + "_count"))
                    .isEqualTo(before + 1));
            // The embedded service issues tokens for a day.
            assertThat(value(TOKEN_LIFE + "_sum") - sum).isBetween(3_600.0, 86_400.0);
        }
    }

    private static double value(String name) {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
