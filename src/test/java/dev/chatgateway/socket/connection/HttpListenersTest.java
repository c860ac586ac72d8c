package dev.chatgateway.socket.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unusual requests on the client port. */
class HttpListenersTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private static final List<String> PATHS =
            List.of("/", "/client.js", "/chat/threads?api-version=2025-03-15", "/dev/users", "/nothing");

    @ParameterizedTest
    @ValueSource(strings = {"Host: localhost\r\nHost: evil.example", "Host: localhost\r\nhost: localhost", "Host:"})
    void request_without_exactly_one_host_is_refused(String host) throws IOException {
        for (String path : PATHS) {
            assertThat(RawHttp1.request(port(), "GET", path, host)).as(path).startsWith("HTTP/1.1 400");
        }
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port(), host))).startsWith("HTTP/1.1 400");
    }

    /** Regression: below /chat both were forwarded to the service. */
    @Test
    void request_with_two_authorizations_is_refused() throws IOException {
        String[] both = {"Authorization: Bearer one", "Authorization: Bearer two"};
        for (String path : PATHS) {
            assertThat(RawHttp1.request(port(), "GET", path, both))
                    .as(path)
                    .startsWith("HTTP/1.1 400")
                    .contains("Authorization: twice");
        }
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port(), both))).startsWith("HTTP/1.1 400");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0001", "\u0000", "\u007f", "\u000b"})
    void header_with_a_control_character_is_refused_and_not_repeated(String end) throws IOException {
        String header = "Authorization: Bearer c2VjcmV0.c2VjcmV0" + end;
        for (String path : PATHS) {
            assertThat(RawHttp1.request(port(), "GET", path, header))
                    .as(path)
                    .startsWith("HTTP/1.1 400")
                    .doesNotContain("c2VjcmV0");
        }
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port(), header))).startsWith("HTTP/1.1 400");
    }

    @ParameterizedTest
    @CsvSource({
        "my_host:8080, http://my_host:8080",
        "3f2a91bc, http://3f2a91bc",
        // UTF-8 bytes as HTTP decodes them.
        "b\u00c3\u00bccher.example, http://xn--bcher-kva.example",
        "xn--bcher-kva.example, http://b\u00c3\u00bccher.example",
    })
    void unusual_host_names_match_their_own_origin(String host, String origin) throws IOException {
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port(), "Host: " + host, "Origin: " + origin)))
                .startsWith("HTTP/1.1 101");
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port(), "Host: " + host, "Origin: http://other_host")))
                .startsWith("HTTP/1.1 403");
    }

    @Test
    void target_in_absolute_form_names_the_host() throws IOException {
        String upgrade = RawHttp1.upgrade(port(), "Host: other.example", "Origin: http://my_host")
                .replace("GET /ws", "GET http://my_host/ws");
        assertThat(RawHttp1.send(port(), upgrade)).startsWith("HTTP/1.1 101");
        assertThat(RawHttp1.request(port(), "GET", "http://localhost/client.js"))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"12", "8", "7", "0", "13, 8", "x"})
    void other_protocol_versions_get_426_with_the_version(String version) throws IOException {
        String upgrade = RawHttp1.upgrade(port()).replace("Version: 13", "Version: " + version);
        assertThat(RawHttp1.send(port(), upgrade))
                .startsWith("HTTP/1.1 426")
                .containsIgnoringCase("\r\nSec-WebSocket-Version: 13\r\n")
                .containsIgnoringCase("\r\nUpgrade: websocket\r\n");
    }

    @Test
    void upgrade_without_a_version_is_refused() throws IOException {
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port()).replace("Sec-WebSocket-Version: 13\r\n", "")))
                .startsWith("HTTP/1.1 426");
    }

    @Test
    void path_with_a_trailing_slash_is_another_path() throws IOException {
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port()).replace("GET /ws ", "GET /ws/ ")))
                .startsWith("HTTP/1.1 404");
        assertThat(RawHttp1.request(port(), "GET", "/ws")).startsWith("HTTP/1.1 426");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\nX-Injected: 1", "\u0000", "\u0001", " ", "\u00fc"})
    void token_with_an_invalid_character_is_refused_and_not_repeated(String end) {
        String token = "c2VjcmV0.c2VjcmV0.c2VjcmV0";
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            JsonObject error = socket.refused("authenticate", new JsonObject().put("token", token + end));
            assertThat(error.getInteger("code")).isEqualTo(401);
            assertThat(error.encode()).doesNotContain("c2VjcmV0");
        }
    }

    @Test
    void invalid_token_in_the_subprotocol_closes_with_4401() {
        String encoded = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("c2VjcmV0.c2VjcmV0.c2VjcmV0\n".getBytes(StandardCharsets.UTF_8));
        try (ChatSocket socket =
                ChatSocket.open(GATEWAY, builder -> builder.subprotocols("json.chatgateway.v1", "bearer." + encoded))) {
            assertThat(socket.closeCode()).isEqualTo(4401);
        }
    }

    private static URI port() {
        return GATEWAY.endpoints().http();
    }
}
