package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.HeldSocket;
import dev.chatgateway.testing.ListenerPorts;
import dev.chatgateway.testing.RawHttp1;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each head and each body of a request must come in time, on every listener, the first as any later one. */
class RequestTimeLimitsIT {
    private static final int HEAD_MS = 1_000;
    private static final int BODY_MS = 2_000;

    /** Much less than the 85 s after which a silent connection is closed. */
    private static final long LATE_MS = 10_000;

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "");

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("embedded.httpPort", "0")
            .with("management.ingest", "true")
            .with("limits.handshakeSeconds", "1")
            .with("limits.bodySeconds", "2");

    @ParameterizedTest
    @EnumSource
    void connection_without_a_request_is_closed(ListenerPorts port) throws IOException {
        try (HeldSocket socket = new HeldSocket(port.of(GATEWAY))) {
            HeldSocket.Ended end = socket.end();
            assertThat(end.text()).isEmpty();
            assertThat(end.afterMs()).isBetween((long) HEAD_MS / 2, LATE_MS);
        }
    }

    @ParameterizedTest
    @EnumSource
    void unfinished_first_head_gets_408(ListenerPorts port) throws IOException {
        try (HeldSocket socket = new HeldSocket(port.of(GATEWAY))) {
            socket.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
            HeldSocket.Ended end = socket.end();
            assertThat(end.text()).startsWith("HTTP/1.1 408");
            assertThat(end.afterMs()).isBetween((long) HEAD_MS / 2, LATE_MS);
        }
    }

    @ParameterizedTest
    @EnumSource
    void unfinished_later_head_closes_the_connection(ListenerPorts port) throws IOException {
        URI to = port.of(GATEWAY);
        try (HeldSocket socket = new HeldSocket(to)) {
            for (int i = 0; i < 3; i++) {
                socket.send(RawHttp1.head(to, "GET", page(port)));
                assertThat(socket.head()).contains("HTTP/1.1 ");
            }
            socket.send("GET / HTTP/1.1\r\nX-Slow: " + "x".repeat(15_000));
            assertThat(socket.end().afterMs()).isLessThan(LATE_MS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CLIENTS, POST, /dev/users",
        "MANAGEMENT, PUT, /faults",
        "MANAGEMENT, POST, /ingest/threads/x/messages",
        "EMBEDDED, POST, /identities"
    })
    void missing_body_gets_408(ListenerPorts port, String method, String path)
            throws IOException {
        URI to = port.of(GATEWAY);
        try (HeldSocket socket = new HeldSocket(to)) {
            socket.send(
                    RawHttp1.head(to, method, path, "Content-Type: application/json", "Content-Length: 1000") + "{");
            HeldSocket.Ended end = socket.end();
            assertThat(end.text()).startsWith("HTTP/1.1 408");
            assertThat(end.afterMs()).isBetween((long) BODY_MS / 2, LATE_MS);
        }
    }

    /** Keep-alive: what is idle between requests has the limit of silent connections. */
    @ParameterizedTest
    @EnumSource
    void idle_connection_outlives_the_limits_of_requests(ListenerPorts port) throws IOException {
        URI to = port.of(GATEWAY);
        try (HeldSocket socket = new HeldSocket(to)) {
            socket.send(RawHttp1.head(to, "GET", page(port)));
            assertThat(socket.head()).startsWith("HTTP/1.1 ");
            assertThat(socket.staysOpen(BODY_MS + HEAD_MS + 1_000)).isTrue();
            socket.send(RawHttp1.head(to, "GET", page(port)));
            assertThat(socket.head()).startsWith("HTTP/1.1 ");
        }
    }

    @Test
    void web_socket_outlives_the_limits_of_requests() throws IOException {
        URI to = ListenerPorts.CLIENTS.of(GATEWAY);
        try (HeldSocket socket = new HeldSocket(to)) {
            socket.send(RawHttp1.upgrade(to));
            assertThat(socket.head()).startsWith("HTTP/1.1 101");
            // A frame in two pieces, far apart.
            socket.send("\u0089\u0080\0\0");
            assertThat(socket.staysOpen(BODY_MS + 1_000)).isTrue();
            socket.send("\0\0");
            assertThat(socket.next()).as("first byte of a pong").isEqualTo(0x8a);
        }
    }

    @Test
    void unfinished_tls_handshake_closes_the_connection() throws IOException {
        try (HeldSocket socket = new HeldSocket(GATEWAY.endpoints().https())) {
            socket.send("\u0016\u0003\u0001\u0002\0\u0001");
            assertThat(socket.end().afterMs()).isLessThan(LATE_MS);
        }
    }

    @Test
    void unfinished_http_2_head_closes_the_connection() throws Exception {
        try (HeldSocket socket = http2()) {
            socket.send(PREFACE + frame(1, 0, 1, "\u0082"));
            assertThat(socket.end().afterMs()).isLessThan(LATE_MS);
        }
    }

    @Test
    void unfinished_later_http_2_head_closes_the_connection() throws Exception {
        try (HeldSocket socket = http2()) {
            socket.send(PREFACE + frame(1, 5, 1, get()));
            socket.send(frame(1, 5, 3, get()) + frame(1, 0, 5, "\u0082"));
            assertThat(socket.end().afterMs()).isLessThan(LATE_MS);
        }
    }

    @Test
    void missing_http_2_body_resets_the_stream() throws Exception {
        try (HeldSocket socket = http2()) {
            String headers = "\u0083\u0087" + text(4, "/dev/users") + text(1, "localhost") + "\u000f\u0010"
                    + text("application/json");
            socket.send(PREFACE + frame(1, 4, 1, headers) + frame(0, 0, 1, "{"));
            StringBuilder answer = new StringBuilder();
            // RST_STREAM of stream 1 with CANCEL.
            String reset = frame(3, 0, 1, "\0\0\0\u0008");
            long endMs = System.currentTimeMillis() + LATE_MS;
            while (answer.indexOf(reset) < 0 && System.currentTimeMillis() < endMs) {
                int next = socket.next();
                assertThat(next).as("still open").isNotNegative();
                answer.append((char) next);
            }
            assertThat(answer).contains(reset);
        }
    }

    /** Idle between requests, with a ping now and then, as such clients are. */
    @Test
    void idle_connection_over_http_2_outlives_the_limits() throws Exception {
        try (HeldSocket socket = http2()) {
            socket.send(PREFACE + frame(1, 5, 1, get()));
            assertThat(socket.staysOpen(HEAD_MS)).isTrue();
            socket.send(frame(6, 0, 0, "12345678"));
            assertThat(socket.staysOpen(BODY_MS + HEAD_MS + 1_000)).isTrue();
        }
    }

    private static String page(ListenerPorts port) {
        return switch (port) {
            case CLIENTS -> "/page.json";
            case MANAGEMENT -> "/livez";
            case EMBEDDED -> "/chat/threads?api-version=2025-03-15";
        };
    }

    private static HeldSocket http2() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        return new HeldSocket(socket, GATEWAY.endpoints().https(), "127.0.0.1");
    }

    private static String get() {
        return "\u0082\u0087" + text(4, "/page.json") + text(1, "localhost");
    }

    /** A header with a name of the static table, not indexed (RFC 7541 section 6.2.2). */
    private static String text(int name, String value) {
        return (char) name + text(value);
    }

    private static String text(String value) {
        return (char) value.length() + value;
    }

    private static String frame(int type, int flags, int stream, String payload) {
        int length = payload.getBytes(StandardCharsets.ISO_8859_1).length;
        return "" + (char) (length >> 16) + (char) (length >> 8 & 0xff) + (char) (length & 0xff) + (char) type
                + (char) flags + "\0\0\0" + (char) stream + payload;
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
