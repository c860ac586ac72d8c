package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.HeldSocket;
import dev.chatgateway.testing.ListenerPorts;
import dev.chatgateway.testing.RawHttp1;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid upgrade requests: each is answered, and none keeps a connection slot. */
class InvalidUpgradesTest {
    private static final int SLOTS = 3;

    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("embedded.httpPort", "0").with("limits.connections", String.valueOf(SLOTS));

    @RegisterExtension
    static final GatewayExtension DEFLATING = new GatewayExtension()
            .with("compression.enabled", "true")
            .with("limits.connections", String.valueOf(SLOTS));

    @ParameterizedTest
    @ValueSource(strings = {"/ws?a=%", "/ws?%zz", "/ws?x=%zz&token=1", "/ws?a=%u0041"})
    void upgrade_with_a_malformed_query_gets_400(String target) throws IOException {
        String response = RawHttp1.send(listener(GATEWAY), upgrade(target, "Sec-WebSocket-Version: 13"));

        assertThat(response).startsWith("HTTP/1.1 400").containsIgnoringCase("content-length");
    }

    @ParameterizedTest
    @CsvSource({
        "CLIENTS, /?x=%zz",
        "CLIENTS, /client.js?%",
        "CLIENTS, /chat/threads?a=%f",
        "CLIENTS, /%zz",
        "MANAGEMENT, /state?threads=%zz",
        "MANAGEMENT, /livez?%",
        "MANAGEMENT, /%zz",
    })
    void request_with_a_malformed_target_gets_400(ListenerPorts port, String target) throws IOException {
        assertThat(RawHttp1.request(port.of(GATEWAY), "GET", target)).startsWith("HTTP/1.1 400");
    }

    @Test
    void embedded_service_answers_a_malformed_target_with_4xx() throws IOException {
        assertThat(RawHttp1.request(ListenerPorts.EMBEDDED.of(GATEWAY), "GET", "/chat/threads?a=%zz"))
                .matches("(?s)HTTP/1.1 4\\d\\d .*");
    }

    @ParameterizedTest
    @ValueSource(strings = {";", ",", "; ;", "permessage-deflate;", ";=;", "permessage-deflate; =", "=", " "})
    void malformed_extensions_are_answered_and_keep_no_slot(String extensions) throws IOException {
        for (int i = 0; i < 2 * SLOTS; i++) {
            String response = RawHttp1.send(
                    listener(DEFLATING),
                    upgrade("/ws", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Extensions: " + extensions));
            assertThat(response).matches("(?s)HTTP/1.1 (400|101|503) .*");
            assertRoom(DEFLATING);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Sec-WebSocket-Version: 12, 426",
        "Sec-WebSocket-Version: 8, 426",
        "Sec-WebSocket-Version: , 426",
        "X: no version, 426",
    })
    void other_protocol_versions_get_426_with_version_13(String header, int status) throws IOException {
        String response = RawHttp1.send(listener(GATEWAY), upgrade("/ws", header));

        assertThat(response).startsWith("HTTP/1.1 " + status).contains("Sec-WebSocket-Version: 13");
        assertRoom(GATEWAY);
    }

    @Test
    void upgrade_with_a_body_is_refused_before_the_body() throws IOException {
        for (String framing : List.of("Content-Length: 100", "Transfer-Encoding: chunked")) {
            for (int i = 0; i < 2 * SLOTS; i++) {
                assertThat(RawHttp1.send(listener(GATEWAY), upgrade("/ws", "Sec-WebSocket-Version: 13", framing)))
                        .startsWith("HTTP/1.1 400");
            }
            assertRoom(GATEWAY);
        }
    }

    /** Random invalid upgrades: each is answered, and all slots are free when the connections have ended. */
    @Test
    void invalid_upgrades_are_answered_and_release_their_slot() throws IOException {
        Random random = new Random(20_261_128);
        for (GatewayExtension gateway : List.of(GATEWAY, DEFLATING)) {
            for (int round = 0; round < 25; round++) {
                List<HeldSocket> all = new ArrayList<>();
                List<String> sent = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    String request = invalidRequest(random);
                    sent.add(request);
                    all.add(new HeldSocket(listener(gateway)).send(request));
                }
                for (int i = 0; i < all.size(); i++) {
                    assertThat(all.get(i).head()).as(sent.get(i)).startsWith("HTTP/");
                    all.get(i).close();
                }
                assertRoom(gateway);
            }
        }
    }

    private static String invalidRequest(Random random) {
        StringBuilder request = new StringBuilder();
        request.append(pick(random, "GET", "GET", "GET", "POST", "HEAD", "PUT", "get", "WS"))
                .append(' ')
                .append(pick(random, "/ws", "/ws", "/ws?a=%", "/ws?a=b", "/ws/", "/%77s", "/ws?%00", "*", "//ws"))
                .append(' ')
                .append(pick(random, "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/3.7"))
                .append("\r\nHost: ")
                .append(pick(random, "localhost", "localhost", "", "a b", "[::1", "\u00e4"));
        String[] lines = {
            "Connection: Upgrade",
            "Connection: keep-alive, upgrade",
            "Connection: close",
            "Upgrade: websocket",
            "Upgrade: WebSocket",
            "Upgrade: h2c, websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Version: 13, 8",
            "Sec-WebSocket-Version: -1",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Key: ",
            "Sec-WebSocket-Key: \u00ff",
            "Sec-WebSocket-Protocol: json.chatgateway.v1",
            "Sec-WebSocket-Protocol: ,,;",
            "Sec-WebSocket-Protocol: a b",
            "Sec-WebSocket-Protocol: bearer.%%%",
            "Sec-WebSocket-Extensions: ;",
            "Sec-WebSocket-Extensions: ,;,=",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=x",
            "Content-Length: 5",
            "Content-Length: x",
            "Content-Length: -1",
            "Transfer-Encoding: chunked",
            "Expect: 100-continue",
            "Authorization: Bearer ",
            "Authorization: Bearer \u00ff.x.y",
            "Origin: ://",
            "X-Forwarded-For: 999.999.999.999, ::%",
            "Cookie: " + "c".repeat(random.nextInt(20_000)),
            ": ",
            "broken"
        };
        for (int i = random.nextInt(12); i >= 0; i--) {
            request.append("\r\n").append(pick(random, lines));
        }
        if (random.nextBoolean()) {
            request.append("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13")
                    .append("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
        }
        return request.append("\r\n\r\n")
                .append(pick(random, "", "", "hello", "\u0081\u0085\0\0\0\0hello", "0\r\n\r\n"))
                .toString();
    }

    private static String pick(Random random, String... of) {
        return of[random.nextInt(of.length)];
    }

    /** Asserts that all slots can be acquired, after the node has seen the other connections end. */
    private static void assertRoom(GatewayExtension gateway) throws IOException {
        long endNanos = System.nanoTime() + 10_000_000_000L;
        while (true) {
            int upgraded = 0;
            List<HeldSocket> all = new ArrayList<>();
            for (int i = 0; i < SLOTS; i++) {
                HeldSocket socket = new HeldSocket(listener(gateway)).send(RawHttp1.upgrade(listener(gateway)));
                all.add(socket);
                upgraded += socket.head().startsWith("HTTP/1.1 101") ? 1 : 0;
            }
            for (HeldSocket socket : all) {
                socket.close();
            }
            if (upgraded == SLOTS) {
                return;
            }
            assertThat(System.nanoTime()).as("slots are released").isLessThan(endNanos);
        }
    }

    private static String upgrade(String target, String... headers) {
        String[] all = new String[headers.length + 3];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Connection: Upgrade";
        all[headers.length + 1] = "Upgrade: websocket";
        all[headers.length + 2] = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        return RawHttp1.head(listener(GATEWAY), "GET", target, all);
    }

    private static URI listener(GatewayExtension gateway) {
        return gateway.endpoints().http();
    }
}
