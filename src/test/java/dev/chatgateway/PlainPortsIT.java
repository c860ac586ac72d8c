package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.HeldSocket;
import dev.chatgateway.testing.ListenerPorts;
import dev.chatgateway.testing.RawHttp1;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports without TLS speak HTTP/1.1 alone. */
class PlainPortsIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.httpPort", "0");

    /** A proxy that forwards both headers would be followed by a client that speaks as the proxy, past its rules. */
    @ParameterizedTest
    @CsvSource({"CLIENTS, /page.json, 200", "MANAGEMENT, /livez, 200", "EMBEDDED, /nothing, 404"})
    void upgrade_to_h2c_is_answered_in_http_1(ListenerPorts port, String path, int status) throws IOException {
        String answer = RawHttp1.request(
                port.of(GATEWAY),
                "GET",
                path,
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAAQAAP__");

        assertThat(answer).startsWith("HTTP/1.1 " + status);
    }

    @Test
    void development_routes_are_not_reached_over_h2c() throws IOException {
        String answer = RawHttp1.request(
                ListenerPorts.CLIENTS.of(GATEWAY),
                "POST",
                "/dev/users",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAAQAAP__",
                "Content-Length: 0");

        assertThat(answer).startsWith("HTTP/1.1 415");
    }

    @ParameterizedTest
    @ValueSource(strings = {"CLIENTS", "MANAGEMENT", "EMBEDDED"})
    void http_2_preface_is_not_answered_in_http_2(ListenerPorts port) throws IOException {
        String answer = RawHttp1.send(port.of(GATEWAY), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0");

        // No frame of HTTP/2, which begins with a length.
        assertThat(answer).startsWith("HTTP/").contains(" 501 ");
    }

    /** {@code curl -H 'Connection: upgrade' -H 'Upgrade: h2c'}, and Java's client behind nginx's recipe for WebSockets. */
    @Test
    void answer_to_a_bare_upgrade_to_h2c_is_complete() throws IOException {
        URI to = ListenerPorts.CLIENTS.of(GATEWAY);
        try (HeldSocket socket = new HeldSocket(to)) {
            socket.send(RawHttp1.head(to, "GET", "/asyncapi.yaml", "Connection: upgrade", "Upgrade: h2c"));
            String head = socket.head();
            Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(head);

            assertThat(head).startsWith("HTTP/1.1 200");
            assertThat(length.find()).isTrue();
            for (int left = Integer.parseInt(length.group(1)); left > 0; left--) {
                assertThat(socket.next()).isNotNegative();
            }
        }
    }

    @Test
    void client_that_offers_h2c_is_answered() throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (URI to : List.of(
                GATEWAY.endpoints().http().resolve("/asyncapi.yaml"),
                GATEWAY.endpoints().management().resolve("/livez"))) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(to).timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        }
    }
}
