package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code /chat/*} in front of a service that is not reachable. */
class ChatProxyDownTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("upstream.endpoint", "http://127.0.0.1:" + nobody())
            .with("upstream.timeoutMs", "1000");

    /** A port without a listener. */
    private static int nobody() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void unreachable_service_is_503_in_the_services_format() {
        String token = Tokens.of("a").secret();
        HttpResponse<String> response = ChatRest.https(GATEWAY).call("POST", ChatRest.CREATE, token, "{}");
        assertThat(response.statusCode()).isEqualTo(503);
        JsonObject error = new JsonObject(response.body()).getJsonObject("error");
        assertThat(error.getString("code")).isEqualTo("ServiceUnavailable");
        assertThat(error.getString("message")).isEqualTo("The chat service can't be reached.");
    }
}
