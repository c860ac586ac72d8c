package dev.chatgateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TlsFilesTest {
    private final Vertx vertx = Vertx.vertx();

    @TempDir
    Path directory;

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(names = {"ecp256", "ecp384", "rsa2048"})
    void keys_of_the_usual_kinds_are_taken_for_modern_protocols(Algorithm algorithm) throws Exception {
        X509Bundle made = certificate(algorithm);
        TlsFiles.Loaded loaded = load(made.getCertificatePEM(), made.getPrivateKeyPEM(), null);

        assertThat(loaded.options().getEnabledSecureTransportProtocols())
                .containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
        assertThat(loaded.options().getEnabledCipherSuites())
                .isNotEmpty()
                .noneMatch(suite -> suite.contains("CBC") || suite.startsWith("TLS_RSA"));
        assertThat(loaded.options().getClientAuth()).isEqualTo(ClientAuth.NONE);
        assertThat(loaded.notAfter())
                .isEqualTo(made.getCertificate().getNotAfter().toInstant());
    }

    @Test
    void key_of_another_certificate_is_refused() throws Exception {
        X509Bundle one = certificate(Algorithm.ecp256);
        assertThatThrownBy(() -> load(
                        one.getCertificatePEM(), certificate(Algorithm.ecp256).getPrivateKeyPEM(), null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("server.key: not the key of the certificate in");
        // A key of another kind is refused before its owner can be asked.
        assertThatThrownBy(() -> load(
                        one.getCertificatePEM(), certificate(Algorithm.rsa2048).getPrivateKeyPEM(), null))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("server.key: not a certificate and its key in PEM form");
    }

    @Test
    void invalid_pem_is_reported_with_its_file() throws Exception {
        X509Bundle made = certificate(Algorithm.ecp256);
        String certificate = made.getCertificatePEM();
        String key = made.getPrivateKeyPEM();
        for (String broken : List.of("", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")) {
            assertThatThrownBy(() -> load(broken, key, null))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("server.pem");
            assertThatThrownBy(() -> load(certificate, broken, null))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("server.key");
            assertThatThrownBy(() -> load(certificate, key, broken))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("authority.pem");
        }
    }

    @Test
    void client_authority_requires_client_certificates() throws Exception {
        X509Bundle made = certificate(Algorithm.ecp256);

        assertThat(load(made.getCertificatePEM(), made.getPrivateKeyPEM(), made.getCertificatePEM())
                        .options()
                        .getClientAuth())
                .isEqualTo(ClientAuth.REQUIRED);
    }

    private static X509Bundle certificate(Algorithm algorithm) throws Exception {
        return new CertificateBuilder()
                .algorithm(algorithm)
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private TlsFiles.Loaded load(String certificate, String key, String authority) throws IOException {
        return new TlsFiles(
                        Files.writeString(directory.resolve("server.pem"), certificate),
                        Files.writeString(directory.resolve("server.key"), key),
                        authority == null ? null : Files.writeString(directory.resolve("authority.pem"), authority),
                        5)
                .load(vertx);
    }
}
