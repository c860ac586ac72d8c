package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawSocket;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits on several connections, or on the lifetime of one. */
class SharedLimitsTest {
    @RegisterExtension
    static final GatewayExtension SHORT_LIVED = new GatewayExtension().with("limits.lifetimeSeconds", "2");

    @RegisterExtension
    static final GatewayExtension SLOW_USERS = new GatewayExtension().with("limits.userRequestsPerSecond", "10");

    @RegisterExtension
    static final GatewayExtension CROWDED = new GatewayExtension().with("limits.handshakesPerSecond", "1");

    @RegisterExtension
    static final GatewayExtension FULL = new GatewayExtension().with("limits.connections", "1");

    @Test
    void connection_is_closed_with_1001_at_its_maximum_lifetime() {
        try (ChatSocket socket = ChatSocket.signIn(SHORT_LIVED, ServiceUser.create(SHORT_LIVED))) {
            JsonObject reconnect = socket.event("reconnect", p -> "maxLifetime".equals(p.getString("reason")));
            assertThat(reconnect.getLong("afterMs")).isBetween(1L, 2_200L);
            assertThat(socket.closeCode()).isEqualTo(1001);
        }
    }

    @Test
    void connections_of_a_user_share_a_rate_limit() {
        ServiceUser ann = ServiceUser.create(SLOW_USERS);
        ServiceUser ben = ServiceUser.create(SLOW_USERS);
        try (ChatSocket one = ChatSocket.signIn(SLOW_USERS, ann);
                ChatSocket two = ChatSocket.signIn(SLOW_USERS, ann);
                ChatSocket other = ChatSocket.signIn(SLOW_USERS, ben)) {
            for (int i = 0; i < 40; i++) {
                one.sendText("{\"jsonrpc\":\"2.0\",\"id\":\"one" + i + "\",\"method\":\"ping\"}");
                two.sendText("{\"jsonrpc\":\"2.0\",\"id\":\"two" + i + "\",\"method\":\"ping\"}");
            }
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !refusals(two)
                    .isEmpty());
            List<JsonObject> refused = refusals(two);
            assertThat(refused.get(0).getInteger("code")).isEqualTo(429);
            assertThat(refused.get(0).getJsonObject("data").getLong("retryAfterMs"))
                    .isPositive();
            assertThat(other.call("ping", new JsonObject())).isEmpty();
        }
    }

    private static List<JsonObject> refusals(ChatSocket socket) {
        return socket.received().stream()
                .filter(r -> r instanceof JsonObject json && json.containsKey("error"))
                .map(r -> ((JsonObject) r).getJsonObject("error"))
                .toList();
    }

    @Test
    void upgrades_over_the_rate_limit_get_503() {
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 50; i++) {
                        new RawSocket(CROWDED).close();
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("503")
                .hasMessageContaining("etry-");
    }

    @Test
    void full_node_answers_503() throws IOException {
        try (RawSocket first = new RawSocket(FULL)) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> new RawSocket(FULL))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("503");
        }
    }
}
