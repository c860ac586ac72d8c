package dev.chatgateway.socket.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public class HandshakeTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("http.origins", "https://app.example,https://app.example:8443")
            .with("limits.authenticateSeconds", "6");

    @ParameterizedTest
    @ValueSource(strings = {"https://app.example", "https://app.example:8443", "HTTPS://APP.example:443"})
    void configured_origins_may_connect(String origin) throws IOException {
        assertThat(upgrade("Origin: " + origin)).startsWith("HTTP/1.1 101");
    }

    @Test
    void own_origin_may_connect() throws IOException {
        assertThat(upgrade("Origin: http://localhost:" + port())).startsWith("HTTP/1.1 101");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://app.example.evil.example",
                "https://evilapp.example",
                "http://app.example",
                "https://app.example:444",
                "https://app.example@evil.example",
                "http://localhost",
                "http://localhost:1",
                "null",
                "file://"
            })
    void other_origins_get_403_before_the_upgrade(String origin) throws IOException {
        String response = upgrade("Origin: " + origin);

        assertThat(response).startsWith("HTTP/1.1 403").contains("Origin: not allowed");
    }

    @ParameterizedTest
    @CsvSource({"token,400", "access_token,400"})
    void token_in_the_url_is_refused_and_not_repeated(String name, int status) throws IOException {
        String response = request("/ws?" + name + "=s3cret", "Connection: Upgrade\r\nUpgrade: websocket");

        assertThat(response).startsWith("HTTP/1.1 " + status).contains(name).doesNotContain("s3cret");
    }

    @Test
    void bearer_subprotocol_alone_is_refused() throws IOException {
        assertThat(upgrade("Sec-WebSocket-Protocol: bearer.YWJj")).startsWith("HTTP/1.1 400");
    }

    @Test
    void plain_get_is_answered_with_426() throws IOException {
        assertThat(request("/ws", "Accept: */*")).startsWith("HTTP/1.1 426");
    }

    @Test
    void token_may_be_sent_in_a_header() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = ChatSocket.open(GATEWAY, b -> b.header("Authorization", "Bearer " + ann.token()))) {
            assertSignedIn(socket, ann);
        }
    }

    @Test
    void token_may_be_a_subprotocol_that_is_never_echoed() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String encoded = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ann.token().getBytes(StandardCharsets.UTF_8));
        try (ChatSocket socket =
                ChatSocket.open(GATEWAY, b -> b.subprotocols("bearer." + encoded, "json.chatgateway.v1"))) {
            assertThat(socket.subprotocol()).isEqualTo("json.chatgateway.v1");
            assertSignedIn(socket, ann);
        }
    }

    @Test
    void requests_before_the_proof_wait_in_order() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = ChatSocket.open(GATEWAY, b -> b.header("Authorization", "Bearer " + ann.token()))) {
            socket.call("createChatThread", new JsonObject().put("topic", "early"));
            assertThat(((JsonObject) socket.received().get(0)).getString("method"))
                    .isEqualTo("authenticated");
        }
    }

    @Test
    void invalid_token_at_the_upgrade_closes_with_4401() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY, b -> b.header("Authorization", "Bearer no.such.token"))) {
            assertThat(socket.closeCode()).isEqualTo(4401);
        }
    }

    @Test
    void unknown_subprotocol_is_echoed_and_closed_with_4406() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY, b -> b.subprotocols("graphql-ws"))) {
            assertThat(socket.subprotocol()).isEqualTo("graphql-ws");
            assertThat(socket.closeCode()).isEqualTo(4406);
        }
    }

    @Test
    void client_that_does_not_authenticate_is_closed_with_4408() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            assertThat(socket.closeCode()).isEqualTo(4408);
        }
    }

    private static void assertSignedIn(ChatSocket socket, ServiceUser user) {
        JsonObject authenticated = socket.event("authenticated", p -> true);
        assertThat(authenticated
                        .getJsonObject("user")
                        .getJsonObject("communicationIdentifier")
                        .getString("rawId"))
                .isEqualTo(user.id());
        assertThat(authenticated.getJsonObject("session").getInteger("heartbeatSeconds"))
                .isEqualTo(25);
    }

    private static int port() {
        return GATEWAY.endpoints().http().getPort();
    }

    private static String upgrade(String header) throws IOException {
        return request("/ws", "Connection: Upgrade\r\nUpgrade: websocket\r\n" + header);
    }

    /** The head of the response, and the body of a refusal. */
    private static String request(String target, String headers) throws IOException {
        try (Socket socket = new Socket("localhost", port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET " + target + " HTTP/1.1\r\nHost: localhost:" + port() + "\r\n"
                                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                    + headers + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String head = in.lines().takeWhile(l -> !l.isEmpty()).collect(Collectors.joining("\n"));
            return head.startsWith("HTTP/1.1 101") ? head : head + "\n" + in.readLine();
        }
    }
}
