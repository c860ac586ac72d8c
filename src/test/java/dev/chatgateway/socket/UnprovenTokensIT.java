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
class UnprovenTokensIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("ledger.unprovenCalls", "5").with("http.trustedProxies", "127.0.0.1");

    @Test
    void forged_tokens_cost_their_address_and_nobody_else() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        for (int i = 0; i < 5; i++) {
            String claim = alice.id().substring("8:acs:".length()) + "\",\"n\":\"" + i;
            JsonObject claiming = new JsonObject().put("token", Tokens.of(claim).secret());
            assertThat(shown("198.51.100.7", claiming).getInteger("code")).isEqualTo(401);
        }
        JsonObject refusal = shown("198.51.100.7", forged());
        assertThat(refusal.getInteger("code")).isEqualTo(429);
        assertThat(refusal.getString("message")).contains("unprovenTokens: 5 calls in 10 s per client address");
        assertThat(refusal.getJsonObject("data").getLong("retryAfterMs")).isPositive();
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
        int refused = 0;
        for (int i = 0; i < 6; i++) {
            String invented = "203.0.113." + i;
            String seen = "198.51.100.99:" + (41_000 + i);
            try (ChatSocket attacker = ChatSocket.open(GATEWAY, upgrade -> upgrade.header("X-Forwarded-For", invented)
                    .header("X-Forwarded-For", seen))) {
                int code = attacker.refused("authenticate", forged()).getInteger("code");
                assertThat(code).isEqualTo(i < 5 ? 401 : 429);
                refused += code == 429 ? 1 : 0;
            }
        }
        assertThat(refused).isOne();
        // They were charged to that address, and not to the proxy's, which all its clients share.
        try (ChatSocket neighbour = from("198.51.100.98:41000")) {
            assertThat(neighbour.refused("authenticate", forged()).getInteger("code"))
                    .isEqualTo(401);
        }
    }

    /** Each address and each spelling had a bucket of its own, of which a client of IPv6 has 2^64. */
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
    void refused_token_shown_again_leaves_room_for_others() {
        JsonObject refused = forged();
        int[] codes = new int[4];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = shown("198.51.100.20", refused).getInteger("code");
        }

        assertThat(codes).as("a new token, and half of five").containsExactly(401, 401, 401, 429);
        assertThat(shown("198.51.100.20", forged()).getInteger("code")).isEqualTo(401);
    }

    @Test
    void connection_with_a_refused_token_leaves_room_for_others() {
        int[] codes = new int[4];
        try (ChatSocket attacker = from("198.51.100.21")) {
            for (int i = 0; i < codes.length; i++) {
                codes[i] = attacker.refused("authenticate", forged()).getInteger("code");
            }
        }
        assertThat(codes).as("a new token, and half of five").containsExactly(401, 401, 401, 429);

        ServiceUser alice = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = from("198.51.100.21")) {
            socket.call("authenticate", new JsonObject().put("token", alice.token()));
        }
    }

    @Test
    void ticket_needs_nothing_of_what_an_address_may_spend() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        JsonObject credentials = new JsonObject().put("token", alice.token());
        try (ChatSocket socket = from("198.51.100.22")) {
            JsonObject session = socket.call("authenticate", credentials).getJsonObject("session");
            credentials.put("ticket", session.getString("ticket"));
        }
        for (int i = 0; i < 5; i++) {
            shown("198.51.100.22", forged());
        }
        assertThat(shown("198.51.100.22", forged()).getInteger("code")).isEqualTo(429);

        try (ChatSocket socket = from("198.51.100.22")) {
            socket.call("authenticate", credentials);
        }
    }

    private static JsonObject forged() {
        return new JsonObject()
                .put("token", Tokens.of("forged" + System.nanoTime()).secret());
    }

    /** The error that a client of that address gets for these credentials on a connection of their own. */
    private static JsonObject shown(String address, JsonObject credentials) {
        try (ChatSocket socket = from(address)) {
            return socket.refused("authenticate", credentials);
        }
    }

    private static ChatSocket from(String address) {
        return ChatSocket.open(GATEWAY, upgrade -> upgrade.header("X-Forwarded-For", address));
    }
}
