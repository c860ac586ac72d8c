package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.HeldSocket;
import dev.chatgateway.testing.RawHttp1;
import dev.chatgateway.testing.ServiceUser;
import dev.chatgateway.upstream.Tokens;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Bodies below {@code /chat} that do not arrive: they use no stream to the service and little memory of the gateway.
 */
class SlowBodiesTest {
    private static final int UNPROVEN = 4;
    private static final int OF_A_USER = 6;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("upstream.connections", "16")
            .with("upstream.timeoutMs", "4000")
            .with("limits.unprovenCallsAtOnce", String.valueOf(UNPROVEN))
            .with("limits.userCallsAtOnce", String.valueOf(OF_A_USER));

    private final List<HeldSocket> held = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (HeldSocket socket : held) {
            socket.close();
        }
    }

    @Test
    void call_without_a_token_is_401_before_its_body() throws IOException {
        for (String header :
                List.of("X: none", "Authorization: Bearer", "Authorization: Basic YTpi", "Authorization: Bearer a.b")) {
            assertThat(slow("127.0.0.2", header).head()).startsWith("HTTP/1.1 401");
        }
    }

    @Test
    void slow_bodies_without_a_token_do_not_block_others() throws IOException {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        for (int i = 0; i < 400; i++) {
            slow("127.0.0.2", "X: none");
        }

        for (int i = 0; i < 10; i++) {
            assertThat(chat("GET", ann)).isEqualTo(200);
        }
    }

    @Test
    void unproven_calls_of_an_address_are_limited() throws IOException {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        assertThat(chat("GET", ann)).isEqualTo(200);
        for (int i = 0; i < UNPROVEN + 3; i++) {
            slow("127.0.0.1", forged(i));
        }

        // A proven user has slots of his own, also behind that address.
        assertThat(chat("GET", ann)).isEqualTo(200);
        assertThat(chat("POST", ann)).isEqualTo(201);
        assertRefused(3);
        assertThat(GATEWAY.management("/metrics")).contains("limits_hit_total{limit=\"unprovenCallsAtOnce\"}");
    }

    @Test
    void slow_calls_of_a_user_do_not_block_other_users() throws IOException {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        assertThat(chat("GET", ann)).isEqualTo(200);
        for (int i = 0; i < OF_A_USER + 2; i++) {
            slow("127.0.0.3", "Authorization: Bearer " + ann.token());
        }

        assertThat(chat("POST", ben)).isEqualTo(201);
        assertRefused(2);
    }

    /** Asserts how many are refused at once. The others are refused when their body is late. */
    private void assertRefused(int number) throws IOException {
        int refused = 0;
        for (HeldSocket socket : held) {
            String head = socket.head();
            assertThat(head).matches("(?s)HTTP/1.1 (408|429) .*");
            refused += head.startsWith("HTTP/1.1 429") ? 1 : 0;
        }
        assertThat(refused).isEqualTo(number);
    }

    private HeldSocket slow(String from, String header) throws IOException {
        URI to = GATEWAY.endpoints().http();
        HeldSocket socket = new HeldSocket(to, from);
        held.add(socket);
        return socket.send(RawHttp1.head(
                        to, "POST", ChatRest.CREATE, header, "Content-Type: application/json", "Content-Length: 10000")
                + "{");
    }

    private static String forged(int number) {
        return "Authorization: Bearer "
                + Tokens.of("forged" + number + "-" + System.nanoTime()).secret();
    }

    private static int chat(String method, ServiceUser user) {
        String body = method.equals("POST") ? "{\"topic\":\"meanwhile\"}" : null;
        return ChatRest.plainHttp(GATEWAY)
                .call(method, ChatRest.CREATE, user.token(), body)
                .statusCode();
    }
}
