package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code http.enabled: false}: clients come in by TLS or not at all. */
class TlsAloneIT {
    private static final int PLAIN_PORT = freePort();

    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("http.enabled", "false").with("http.port", Integer.toString(PLAIN_PORT));

    @Test
    void plain_port_is_closed() {
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), PLAIN_PORT).close())
                .isInstanceOf(ConnectException.class);
    }

    @Test
    void every_advertised_address_is_the_tls_port() {
        Gateway.Endpoints endpoints = GATEWAY.endpoints();
        assertThat(endpoints.http()).isEqualTo(endpoints.https());
        assertThat(endpoints.https().getScheme()).isEqualTo("https");
        assertThat(endpoints.webSocket())
                .isEqualTo(URI.create("wss://" + endpoints.https().getAuthority() + "/ws"));
    }

    @Test
    void page_and_sockets_are_served_over_tls() throws Exception {
        HttpClient client = ServiceUser.client(GATEWAY.endpoints().caPem());
        HttpRequest page = HttpRequest.newBuilder(GATEWAY.endpoints().http())
                .timeout(Duration.ofSeconds(20))
                .build();
        assertThat(client.send(page, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(200);
        WebSocket socket = client.newWebSocketBuilder()
                .subprotocols("json.chatgateway.v1")
                .buildAsync(GATEWAY.endpoints().webSocket(), new WebSocket.Listener() {})
                .get(20, TimeUnit.SECONDS);
        assertThat(socket.getSubprotocol()).isEqualTo("json.chatgateway.v1");
        socket.abort();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
