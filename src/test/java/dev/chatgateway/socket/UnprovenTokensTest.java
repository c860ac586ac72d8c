package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A token's claims charge nobody before the service has accepted it: the client's address pays. */
class UnprovenTokensTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("ledger.unprovenCalls", "5").with("http.trustedProxies", "127.0.0.1");

    @Test
    void forged_tokens_cost_their_address_and_nobody_else() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        JsonObject forged = new JsonObject()
                .put("token", Tokens.of(alice.id().substring("8:acs:".length())).secret());
        try (ChatSocket attacker = from("198.51.100.7")) {
            for (int i = 0; i < 5; i++) {
                assertThat(attacker.refused("authenticate", forged).getInteger("code"))
                        .isEqualTo(401);
            }
            JsonObject refusal = attacker.refused("authenticate", forged);
            assertThat(refusal.getInteger("code")).isEqualTo(429);
            assertThat(refusal.getString("message")).contains("unprovenTokens: 5 calls in 10 s per client address");
            assertThat(refusal.getJsonObject("data").getLong("retryAfterMs")).isPositive();
        }
        // Whoever is accepted costs an address nothing, however often.
        for (int i = 0; i < 7; i++) {
            try (ChatSocket socket = from("198.51.100.8")) {
                socket.call("authenticate", new JsonObject().put("token", alice.token()));
            }
        }
    }

    private static ChatSocket from(String address) {
        return ChatSocket.open(GATEWAY, upgrade -> upgrade.header("X-Forwarded-For", address));
    }
}
