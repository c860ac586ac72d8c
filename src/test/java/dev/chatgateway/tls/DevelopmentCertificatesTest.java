package dev.chatgateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevelopmentCertificatesTest {
    private static final Clock NOW = Clock.fixed(Instant.parse("2026-03-01T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path data;

    private static String content(Path file) throws IOException {
        return Files.readString(file);
    }

    @Test
    void first_start_creates_all_files() throws Exception {
        DevelopmentCertificates made =
                DevelopmentCertificates.loadOrCreate(data, List.of("Chat.Example", "10.0.0.7"), NOW);

        assertThat(made.authority()).isEqualTo(data.resolve("tls/ca.pem"));
        X509Certificate root = PemFiles.readCertificate(made.authority());
        X509Certificate server = PemFiles.readCertificate(made.certificate());
        assertThat(root.getBasicConstraints()).isGreaterThanOrEqualTo(0);
        assertThat(root.getKeyUsage()[5]).as("keyCertSign").isTrue();
        assertThat(server.getBasicConstraints()).isEqualTo(-1);
        assertThat(server.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(Names.of(server))
                .containsExactlyInAnyOrder("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "chat.example", "10.0.0.7");
        assertThat(server.getExtensionValue("2.5.29.35"))
                .as("authority key identifier")
                .isNotNull();
        assertThat(server.getExtensionValue("2.5.29.14"))
                .as("subject key identifier")
                .isNotNull();
        assertThat(root.getExtensionValue("2.5.29.14")).isNotNull();
        assertThat(Duration.between(
                                server.getNotBefore().toInstant(),
                                server.getNotAfter().toInstant())
                        .toDays())
                .isLessThanOrEqualTo(825);
        server.verify(root.getPublicKey());
        assertThat(server.getPublicKey().getAlgorithm()).isEqualTo("EC");
        KeyStore store = KeyStore.getInstance(made.trustStore().toFile(), "changeit".toCharArray());
        assertThat(store.getCertificate(store.aliases().nextElement())).isEqualTo(root);
        assertThat(content(made.key())).startsWith("-----BEGIN PRIVATE KEY-----");
    }

    @Test
    void private_keys_are_readable_by_their_owner_only() throws IOException {
        DevelopmentCertificates made = DevelopmentCertificates.loadOrCreate(data, List.of(), NOW);
        for (Path key : List.of(made.key(), data.resolve("tls/ca.key"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void next_start_reuses_all_files() throws IOException {
        DevelopmentCertificates first = DevelopmentCertificates.loadOrCreate(data, List.of("a", "::2"), NOW);
        String server = content(first.certificate());
        DevelopmentCertificates second = DevelopmentCertificates.loadOrCreate(data, List.of("::2", "A"), NOW);

        assertThat(second).isEqualTo(first);
        assertThat(content(second.certificate())).isEqualTo(server);
    }

    @Test
    void changed_names_or_expiry_renew_only_the_server_certificate() throws IOException {
        DevelopmentCertificates made = DevelopmentCertificates.loadOrCreate(data, List.of(), NOW);
        String root = content(made.authority());
        String first = content(made.certificate());

        DevelopmentCertificates.loadOrCreate(data, List.of("more"), NOW);
        String second = content(made.certificate());
        DevelopmentCertificates.loadOrCreate(data, List.of("more"), Clock.offset(NOW, Duration.ofDays(780)));
        assertThat(content(made.certificate())).isEqualTo(second).isNotEqualTo(first);
        DevelopmentCertificates.loadOrCreate(data, List.of("more"), Clock.offset(NOW, Duration.ofDays(800)));

        assertThat(content(made.certificate())).isNotEqualTo(second);
        assertThat(content(made.authority())).isEqualTo(root);
    }

    @Test
    void damaged_file_is_named() throws IOException {
        DevelopmentCertificates made = DevelopmentCertificates.loadOrCreate(data, List.of(), NOW);
        Files.writeString(made.certificate(), "nonsense");
        assertThatThrownBy(() -> DevelopmentCertificates.loadOrCreate(data, List.of(), NOW))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(made.certificate().toString());
    }
}
