package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code http.proxyProtocol}: which peers may name a client address. */
class ProxyProtocolTest {
    private static final String CLIENT = "PROXY TCP4 203.0.113.9 127.0.0.1 40000 80\r\n";
    /** An origin that is the gateway's own only with the X-Forwarded-Host of a trusted proxy. */
    private static final String[] FORWARDED = {
        "Origin: https://front.example", "X-Forwarded-Host: front.example", "X-Forwarded-Proto: https"
    };

    @RegisterExtension
    static final GatewayExtension TRUSTING = new GatewayExtension()
            .with("http.proxyProtocol", "true")
            .with("http.trustedProxies", "127.0.0.0/8,10.0.0.0/8");

    @RegisterExtension
    static final GatewayExtension DISTRUSTING =
            new GatewayExtension().with("http.proxyProtocol", "true").with("http.trustedProxies", "192.0.2.0/24");

    @Test
    void header_of_a_trusted_proxy_names_the_client() throws IOException {
        assertThat(send(TRUSTING, CLIENT + RawHttp1.upgrade(listener(TRUSTING))))
                .startsWith("HTTP/1.1 101");
        // The client is not a proxy: its forwarded headers are ignored.
        assertThat(send(TRUSTING, CLIENT + RawHttp1.upgrade(listener(TRUSTING), FORWARDED)))
                .startsWith("HTTP/1.1 403");
        // A second trusted proxy in front of the first may set forwarded headers.
        assertThat(send(
                        TRUSTING,
                        CLIENT.replace("203.0.113.9", "10.1.2.3") + RawHttp1.upgrade(listener(TRUSTING), FORWARDED)))
                .startsWith("HTTP/1.1 101");
    }

    @Test
    void version_2_of_the_header_is_accepted() throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write(new byte[] {13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12});
        header.write(new byte[] {(byte) 203, 0, 113, 9, 127, 0, 0, 1, 0x10, 0, 0, 80});
        String text = header.toString(StandardCharsets.ISO_8859_1);

        assertThat(send(TRUSTING, text + RawHttp1.upgrade(listener(TRUSTING)))).startsWith("HTTP/1.1 101");
        assertThat(send(TRUSTING, text + RawHttp1.upgrade(listener(TRUSTING), FORWARDED)))
                .startsWith("HTTP/1.1 403");
    }

    @Test
    void connection_without_the_header_is_not_answered() throws IOException {
        assertThat(send(TRUSTING, RawHttp1.upgrade(listener(TRUSTING)))).isEmpty();
    }

    @Test
    void connection_of_an_untrusted_peer_is_closed() throws IOException {
        assertThat(send(DISTRUSTING, CLIENT + RawHttp1.upgrade(listener(DISTRUSTING))))
                .isEmpty();
        // Not even with the address of a trusted proxy.
        assertThat(send(
                        DISTRUSTING,
                        CLIENT.replace("203.0.113.9", "192.0.2.1")
                                + RawHttp1.upgrade(listener(DISTRUSTING), FORWARDED)))
                .isEmpty();
        assertThat(DISTRUSTING.management("/metrics"))
                .contains("chatgateway_connections_refused_total{reason=\"untrustedProxy\"}");
    }

    @Test
    void development_routes_are_off_with_the_proxy_protocol() throws IOException {
        String post = RawHttp1.head(
                listener(TRUSTING), "POST", "/dev/users", "Content-Type: application/json", "Content-Length: 0");

        assertThat(send(TRUSTING, CLIENT + post)).startsWith("HTTP/1.1 404");
    }

    private static URI listener(GatewayExtension gateway) {
        return gateway.endpoints().http();
    }

    /** The bytes received before the connection ended; a reset counts as an end. */
    private static String send(GatewayExtension gateway, String text) throws IOException {
        try {
            return RawHttp1.send(listener(gateway), text);
        } catch (SocketException reset) {
            return "";
        }
    }
}
