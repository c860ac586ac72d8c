package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Until the service has accepted a token its calls are charged to the client address, not to the user that the token
 * names.
 */
class UnprovenTokensTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("ledger.unprovenCalls", "5").with("http.trustedProxies", "127.0.0.1");

    @Test
    void forged_tokens_are_charged_to_their_address_only() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        for (int i = 0; i < 5; i++) {
            String claim = alice.id().substring("8:acs:".length()) + "\",\"n\":\"" + i;
            JsonObject claiming = new JsonObject().put("token", Tokens.of(claim).secret());
            assertThat(refusalFrom("198.51.100.7", claiming).getInteger("code")).isEqualTo(401);
        }
        JsonObject refusal = refusalFrom("198.51.100.7", forged());
        assertThat(refusal.getInteger("code")).isEqualTo(429);
        assertThat(refusal.getString("message")).contains("unprovenTokens: 5 calls in 10 s per client address");
        assertThat(refusal.getJsonObject("data").getLong("retryAfterMs")).isPositive();
        // Accepted tokens are not charged to the address.
        for (int i = 0; i < 7; i++) {
            try (ChatSocket socket = from("198.51.100.8")) {
                socket.call("authenticate", new JsonObject().put("token", alice.token()));
            }
        }
    }

    /**
     * Regression: a proxy may add a header line of its own below the received one, with the port of the client. Only
     * the first line was read, which the client controls.
     */
    @Test
    void spoofed_forwarded_addresses_do_not_change_the_bucket() {
        int refused = 0;
        for (int i = 0; i < 6; i++) {
            String invented = "203.0.113." + i;
            String peer = "198.51.100.99:" + (41_000 + i);
            try (ChatSocket attacker = ChatSocket.open(GATEWAY, upgrade -> upgrade.header("X-Forwarded-For", invented)
                    .header("X-Forwarded-For", peer))) {
                int code = attacker.refused("authenticate", forged()).getInteger("code");
                assertThat(code).isEqualTo(i < 5 ? 401 : 429);
                refused += code == 429 ? 1 : 0;
            }
        }
        assertThat(refused).isOne();
        // The calls were charged to that address, not to the one of the proxy, which all its clients share.
        try (ChatSocket neighbour = from("198.51.100.98:41000")) {
            assertThat(neighbour.refused("authenticate", forged()).getInteger("code"))
                    .isEqualTo(401);
        }
    }

    /** Regression: each address and each spelling had a bucket of its own, and an IPv6 client has 2^64 addresses. */
    @Test
    void addresses_of_one_ipv6_network_share_a_bucket() {
        String[] spellings = {
            "2001:db8:7::1", "2001:DB8:7::1", "2001:0db8:0007:0:0:0:0:1", "[2001:db8:7::2]:443", "2001:db8:7:0:ffff::"
        };
        for (String spelling : spellings) {
            try (ChatSocket attacker = from(spelling)) {
                assertThat(attacker.refused("authenticate", forged()).getInteger("code"))
                        .isEqualTo(401);
            }
        }
        try (ChatSocket attacker = from("2001:db8:7::3");
                ChatSocket neighbour = from("2001:db8:7:1::1")) {
            assertThat(attacker.refused("authenticate", forged()).getInteger("code"))
                    .isEqualTo(429);
            assertThat(neighbour.refused("authenticate", forged()).getInteger("code"))
                    .isEqualTo(401);
        }
    }

    @Test
    void refused_token_uses_half_of_the_bucket() {
        JsonObject refused = forged();
        int[] codes = new int[4];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = refusalFrom("198.51.100.20", refused).getInteger("code");
        }

        assertThat(codes).as("one new token, then half of the five calls").containsExactly(401, 401, 401, 429);
        assertThat(refusalFrom("198.51.100.20", forged()).getInteger("code")).isEqualTo(401);
    }

    @Test
    void connection_with_a_refused_token_uses_half_of_the_bucket() {
        int[] codes = new int[4];
        try (ChatSocket attacker = from("198.51.100.21")) {
            for (int i = 0; i < codes.length; i++) {
                codes[i] = attacker.refused("authenticate", forged()).getInteger("code");
            }
        }
        assertThat(codes).as("one new token, then half of the five calls").containsExactly(401, 401, 401, 429);

        ServiceUser alice = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = from("198.51.100.21")) {
            socket.call("authenticate", new JsonObject().put("token", alice.token()));
        }
    }

    @Test
    void ticket_does_not_use_the_bucket_of_the_address() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        JsonObject credentials = new JsonObject().put("token", alice.token());
        try (ChatSocket socket = from("198.51.100.22")) {
            JsonObject session = socket.call("authenticate", credentials).getJsonObject("session");
            credentials.put("ticket", session.getString("ticket"));
        }
        for (int i = 0; i < 5; i++) {
            refusalFrom("198.51.100.22", forged());
        }
        assertThat(refusalFrom("198.51.100.22", forged()).getInteger("code")).isEqualTo(429);

        try (ChatSocket socket = from("198.51.100.22")) {
            socket.call("authenticate", credentials);
        }
    }

    private static JsonObject forged() {
        return new JsonObject()
                .put("token", Tokens.of("forged" + System.nanoTime()).secret());
    }

    /** Authenticates on a new connection from the address and returns the error. */
    private static JsonObject refusalFrom(String address, JsonObject credentials) {
        try (ChatSocket socket = from(address)) {
            return socket.refused("authenticate", credentials);
        }
    }

    private static ChatSocket from(String address) {
        return ChatSocket.open(GATEWAY, upgrade -> upgrade.header("X-Forwarded-For", address));
    }
}
