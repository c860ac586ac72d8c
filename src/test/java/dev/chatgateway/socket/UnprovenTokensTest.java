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

    /**
     * A proxy may write a line of its own below the one that came in, and the client's port to its address. Only the first
     * line was read, which is what the client likes.
     */
    @Test
    void who_invents_addresses_for_a_proxy_to_pass_on_pays_from_the_one_that_the_proxy_saw() {
        JsonObject forged = new JsonObject()
                .put("token", Tokens.of("forged" + System.nanoTime()).secret());
        int refused = 0;
        for (int i = 0; i < 6; i++) {
            String invented = "203.0.113." + i;
            String seen = "198.51.100.99:" + (41_000 + i);
            try (ChatSocket attacker = ChatSocket.open(GATEWAY, upgrade -> upgrade.header("X-Forwarded-For", invented)
                    .header("X-Forwarded-For", seen))) {
                int code = attacker.refused("authenticate", forged).getInteger("code");
                assertThat(code).isEqualTo(i < 5 ? 401 : 429);
                refused += code == 429 ? 1 : 0;
            }
        }
        assertThat(refused).isOne();
        // They were charged to that address, and not to the proxy's, which all its clients share.
        try (ChatSocket neighbour = from("198.51.100.98:41000")) {
            assertThat(neighbour.refused("authenticate", forged).getInteger("code"))
                    .isEqualTo(401);
        }
    }

    /** Each address and each spelling had a bucket of its own, of which a client of IPv6 has 2^64. */
    @Test
    void addresses_of_one_ipv6_network_share_a_bucket() {
        JsonObject forged = new JsonObject()
                .put("token", Tokens.of("forged" + System.nanoTime()).secret());
        String[] spellings = {
            "2001:db8:7::1", "2001:DB8:7::1", "2001:0db8:0007:0:0:0:0:1", "[2001:db8:7::2]:443", "2001:db8:7:0:ffff::"
        };
        for (String spelling : spellings) {
            try (ChatSocket attacker = from(spelling)) {
                assertThat(attacker.refused("authenticate", forged).getInteger("code"))
                        .isEqualTo(401);
            }
        }
        try (ChatSocket attacker = from("2001:db8:7::3");
                ChatSocket neighbour = from("2001:db8:7:1::1")) {
            assertThat(attacker.refused("authenticate", forged).getInteger("code"))
                    .isEqualTo(429);
            assertThat(neighbour.refused("authenticate", forged).getInteger("code"))
                    .isEqualTo(401);
        }
    }

    private static ChatSocket from(String address) {
        return ChatSocket.open(GATEWAY, upgrade -> upgrade.header("X-Forwarded-For", address));
    }
}
