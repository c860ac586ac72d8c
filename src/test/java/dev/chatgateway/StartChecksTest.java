package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.tls.DevelopmentCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --check-config} finds beyond the values of the keys. */
class StartChecksTest {
    @TempDir
    Path directory;

    private String certificate;
    private String key;
    private String authority;
    private String broken;

    @BeforeEach
    void files() throws Exception {
        DevelopmentCertificates made =
                DevelopmentCertificates.loadOrCreate(directory.resolve("one"), List.of("localhost"));
        certificate = made.certificate().toString();
        key = made.key().toString();
        authority = made.authority().toString();
        broken = Files.writeString(directory.resolve("broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n")
                .toString();
    }

    @Test
    void valid_certificates_are_accepted() throws Exception {
        assertThat(problems(
                        "https.certificate",
                        certificate,
                        "https.key",
                        key,
                        "https.clientAuthority",
                        authority,
                        "upstream.endpoint",
                        "https://a.example",
                        "upstream.trustedCertificates",
                        authority))
                .isEmpty();
    }

    @Test
    void broken_certificate_or_key_is_named() throws Exception {
        assertThat(problems("https.certificate", broken, "https.key", key))
                .singleElement()
                .asString()
                .startsWith("https.certificate: ")
                .contains(broken);
        assertThat(problems("https.certificate", certificate, "https.key", broken))
                .singleElement()
                .asString()
                .startsWith("https.certificate: ")
                .contains(broken);
    }

    @Test
    void key_of_another_certificate_is_named() throws Exception {
        String other = DevelopmentCertificates.loadOrCreate(directory.resolve("two"), List.of("localhost"))
                .key()
                .toString();
        assertThat(problems("https.certificate", certificate, "https.key", other))
                .containsExactly("https.certificate: " + other + ": not the key of the certificate in " + certificate);
    }

    @Test
    void broken_authorities_are_named() throws Exception {
        assertThat(problems("https.clientAuthority", broken))
                .singleElement()
                .asString()
                .startsWith("https.clientAuthority: " + broken);
        assertThat(problems("upstream.endpoint", "https://a.example", "upstream.trustedCertificates", broken))
                .singleElement()
                .asString()
                .startsWith("upstream.trustedCertificates: " + broken);
    }

    @Test
    void broken_files_of_the_cluster_are_named() throws Exception {
        String engine = Files.writeString(directory.resolve("engine.yaml"), "hazelcast:\n  nonsense: [\n")
                .toString();
        Map<String, String> cluster = Map.of(
                "cluster.enabled",
                "true",
                "cluster.host",
                "127.0.0.1",
                "cluster.certificate",
                broken,
                "cluster.key",
                key,
                "cluster.authority",
                broken,
                "cluster.engine",
                engine,
                "signing.key",
                "MDEyMzQ1Njc4OWFiY2RlZg==",
                "upstream.endpoint",
                "https://a.example");
        assertThat(problems(cluster))
                .anyMatch(line -> line.startsWith("cluster.certificate: ") && line.contains(broken))
                .anyMatch(line -> line.startsWith("cluster.authority: " + broken))
                .anyMatch(line -> line.startsWith("cluster.engine: "));
    }

    @Test
    void broken_key_in_the_data_directory_is_named() throws Exception {
        Path data = Files.createDirectories(directory.resolve("data"));
        Files.writeString(data.resolve("signing.key"), "short");
        assertThat(problems("data.directory", data.toString()))
                .singleElement()
                .asString()
                .startsWith("data.directory: " + data.resolve("signing.key"));
    }

    private List<String> problems(String... settings) throws ConfigException, IOException {
        Map<String, String> keys = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            keys.put(settings[i], settings[i + 1]);
        }
        return problems(keys);
    }

    private static List<String> problems(Map<String, String> keys) throws ConfigException {
        Map<String, String> environment = new HashMap<>();
        keys.forEach((name, value) ->
                environment.put("CHATGATEWAY_" + name.replace('.', '_').toUpperCase(java.util.Locale.ROOT), value));
        GatewayConfig config =
                new ConfigLoader().load(Optional.empty(), environment).config();
        return StartChecks.problems(config);
    }
}
