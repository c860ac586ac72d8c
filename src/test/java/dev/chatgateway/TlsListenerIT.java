package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import dev.chatgateway.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The TLS port with a certificate of its own: what it speaks, and how it comes to another certificate. */
class TlsListenerIT {
    private static final int LIMIT_MS = 20_000;
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;
    private static final TestAuthority AUTHORITY = new TestAuthority("test authority");
    private static final Path DIRECTORY = directory();
    private static final Path CERTIFICATE = DIRECTORY.resolve("server.pem");
    private static final Path KEY = DIRECTORY.resolve("server.key");
    private static final X509Bundle FIRST = put(AUTHORITY.server());

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("https.certificate", CERTIFICATE.toString())
            .with("https.key", KEY.toString());

    @Test
    void new_certificate_is_used_and_connections_stay() throws Exception {
        try (SSLSocket open = connect(null)) {
            assertThat(get(open)).startsWith("HTTP/1.1 200");
            X509Bundle next = put(AUTHORITY.server());

            awaitServed(next);
            assertThat(get(open)).startsWith("HTTP/1.1 200");
            assertThat(counted("taken")).isPositive();
        }
    }

    /** Refusals of the REST API too, whichever room answers them. */
    @ParameterizedTest
    @ValueSource(strings = {"/", "/nothing", "/ws", "/chat/threads?api-version=2025-03-15"})
    void hsts_is_sent_over_tls_only(String path) throws Exception {
        String header = "strict-transport-security";
        HttpRequest request = HttpRequest.newBuilder(GATEWAY.endpoints().https().resolve(path))
                .timeout(Duration.ofMillis(LIMIT_MS))
                .build();
        HttpResponse<Void> secured = HttpClient.newBuilder()
                .sslContext(AUTHORITY.context(null))
                .build()
                .send(request, HttpResponse.BodyHandlers.discarding());
        assertThat(secured.headers().allValues(header)).containsExactly("max-age=31536000");

        assertThat(RawHttp1.request(GATEWAY.endpoints().http(), "GET", path, "X-Forwarded-Proto: https"))
                .startsWith("HTTP/1.1 ")
                .doesNotContainIgnoringCase(header);
    }

    /** A metric of it is what tells in time that nobody has put a new one in place. */
    @Test
    void expiry_of_the_certificate_is_a_metric() {
        for (int days : List.of(10, 80)) {
            X509Bundle bundle = put(AUTHORITY.server(Instant.now().plus(Duration.ofDays(days))));
            awaitServed(bundle);
            Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(certificateEnds())
                    .isEqualTo(bundle.getCertificate().getNotAfter().toInstant().getEpochSecond()));
        }
        assertThat(GATEWAY.management("/metrics")).doesNotContain("what=\"cluster\"");
    }

    private static long certificateEnds() {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_certificate_expiry_timestamp_seconds{what=\"clients\"}"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void invalid_certificate_keeps_the_old_one_and_is_counted() throws Exception {
        X509Bundle good = put(AUTHORITY.server());
        awaitServed(good);
        List<Runnable> breakages = List.of(
                () -> TestAuthority.put(CERTIFICATE, "junk"),
                () -> TestAuthority.put(KEY, AUTHORITY.server().getPrivateKeyPEM()),
                () -> put(AUTHORITY.server(Instant.now().minus(Duration.ofDays(1)))),
                () -> delete(CERTIFICATE));
        for (Runnable breakage : breakages) {
            double before = counted("refused");
            breakage.run();

            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> counted("refused") > before);
            assertThat(served()).isEqualTo(serial(good));
        }
        awaitServed(put(AUTHORITY.server()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"
            })
    void suites_without_authenticated_encryption_are_refused(String suite) {
        assertThatThrownBy(() -> connect(suite).close()).isInstanceOf(SSLHandshakeException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
            })
    void suites_with_authenticated_encryption_are_accepted(String suite) throws IOException {
        try (SSLSocket socket = connect(suite)) {
            assertThat(socket.getSession().getCipherSuite()).isEqualTo(suite);
        }
    }

    /** Written by hand, as no JDK offers these versions any more. */
    @Test
    void versions_before_1_2_are_refused() throws IOException {
        assertThat(firstAnswerTo(3)).as("1.2").isEqualTo(HANDSHAKE);
        assertThat(firstAnswerTo(2)).as("1.1").isEqualTo(ALERT);
        assertThat(firstAnswerTo(1)).as("1.0").isEqualTo(ALERT);
        assertThat(firstAnswerTo(0)).as("SSL 3").isEqualTo(ALERT);
    }

    /** The type of the record that answers a client that offers at most TLS 1.(minor-1). */
    private static int firstAnswerTo(int minor) throws IOException {
        ByteArrayOutputStream hello = new ByteArrayOutputStream();
        DataOutputStream body = new DataOutputStream(hello);
        body.writeByte(3);
        body.writeByte(minor);
        body.write(new byte[32]);
        body.writeByte(0);
        // ECDHE with ECDSA: AES-128-GCM for 1.2, AES-128-CBC-SHA and AES-256-CBC-SHA for what came before.
        body.writeShort(6);
        body.writeShort(0xc02b);
        body.writeShort(0xc009);
        body.writeShort(0xc00a);
        body.writeByte(1);
        body.writeByte(0);
        byte[] extensions = {
            // supported_groups: secp256r1; ec_point_formats: uncompressed; signature_algorithms:
            // ecdsa_secp256r1_sha256.
            0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 4, 0, 2, 4, 3
        };
        body.writeShort(extensions.length);
        body.write(extensions);
        try (Socket socket = new Socket("localhost", port())) {
            socket.setSoTimeout(LIMIT_MS);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.write(new byte[] {HANDSHAKE, 3, (byte) Math.min(minor, 1)});
            out.writeShort(hello.size() + 4);
            out.writeByte(1);
            out.writeByte(0);
            out.writeShort(hello.size());
            hello.writeTo(out);
            out.flush();
            return new DataInputStream(socket.getInputStream()).readUnsignedByte();
        }
    }

    private static SSLSocket connect(String suite) throws IOException {
        SSLSocket socket =
                (SSLSocket) AUTHORITY.context(null).getSocketFactory().createSocket("localhost", port());
        socket.setSoTimeout(LIMIT_MS);
        if (suite != null) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {suite});
        }
        socket.startHandshake();
        return socket;
    }

    private static String get(SSLSocket socket) throws IOException {
        socket.getOutputStream()
                .write(("GET /page.json HTTP/1.1\r\nHost: localhost:" + port() + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        BufferedReader in =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        String first = in.readLine();
        int length = 0;
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        in.skip(length);
        return first;
    }

    private static void awaitServed(X509Bundle bundle) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> served().equals(serial(bundle)));
    }

    private static BigInteger serial(X509Bundle bundle) {
        return bundle.getCertificate().getSerialNumber();
    }

    private static BigInteger served() throws IOException {
        try (SSLSocket socket = connect(null)) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
        }
    }

    private static double counted(String outcome) {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_reloads_total")
                        && line.contains("what=\"certificate\"")
                        && line.contains("outcome=\"" + outcome + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static int port() {
        return GATEWAY.endpoints().https().getPort();
    }

    private static X509Bundle put(X509Bundle bundle) {
        TestAuthority.put(CERTIFICATE, bundle.getCertificatePathPEM());
        TestAuthority.put(KEY, bundle.getPrivateKeyPEM());
        return bundle;
    }

    private static Path directory() {
        try {
            return Files.createTempDirectory("tls");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
