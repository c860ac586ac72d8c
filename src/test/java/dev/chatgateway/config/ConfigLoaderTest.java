package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    private static final Path DOCUMENTED = Path.of("conf/gateway.yaml");

    @TempDir
    Path directory;

    private final ConfigLoader loader = new ConfigLoader();

    @Test
    void defaults_without_a_file_are_the_documented_ones() throws Exception {
        GatewayConfig config = loader.load(Optional.empty(), Map.of()).config();

        assertThat(config.http().host()).isEqualTo("127.0.0.1");
        assertThat(config.http().port()).isEqualTo(8080);
        assertThat(config.https().port()).isEqualTo(8443);
        assertThat(config.management().port()).isEqualTo(8081);
        assertThat(config.management().host()).isEqualTo("127.0.0.1");
        assertThat(config.embedded().port()).isEqualTo(9443);
        assertThat(config.embedded().storage()).isEqualTo("memory");
        assertThat(config.embedded().limited()).isTrue();
        assertThat(config.upstream().apiVersion()).isEqualTo("2025-03-15");
        assertThat(config.http().origins()).isEmpty();
        assertThat(config.data().directory()).isEqualTo("data");
        assertThat(config.cluster().enabled()).isFalse();
    }

    @Test
    void documented_file_has_every_key_with_its_default() throws Exception {
        GatewayConfig defaults = loader.load(Optional.empty(), Map.of()).config();
        assertThat(loader.load(Optional.of(DOCUMENTED), Map.of()).config()).isEqualTo(defaults);

        JsonNode file = new ObjectMapper(new YAMLFactory()).readTree(Files.readString(DOCUMENTED));
        new ConfigSchema(new ObjectMapper())
                .leaves()
                .forEach((key, schema) ->
                        assertThat(file.at('/' + key.replace('.', '/'))).as(key).isEqualTo(schema.get("default")));
    }

    @Test
    void all_errors_are_reported_with_key_value_and_expectation() {
        Path file = write("""
                http:
                  port: 99999
                  prot: 1
                limits:
                  batch: many
                logging:
                  format: xml
                htp: {}
                """);

        assertThat(problems(file, Map.of("CHATGATEWAY_MANAGEMENT_PORT", "x", "CHATGATEWAY_FOO", "1")))
                .containsExactlyInAnyOrder(
                        "CHATGATEWAY_FOO: unknown variable (expected: one of conf/gateway.yaml's keys, such as CHATGATEWAY_HTTP_PORT)",
                        "http.port: 99999 (expected: 0 to 65535)",
                        "http.prot: unknown key (expected: host, enabled, port, origins, publicEndpoint, trustedProxies, proxyProtocol)",
                        "limits.batch: \"many\" (expected: 1 to 1000)",
                        "logging.format: \"xml\" (expected: one of text, json)",
                        "management.port: \"x\" (expected: 0 to 65535)",
                        "htp: unknown key (expected: " + sections() + ")");
    }

    @Test
    void environment_overrides_the_file() throws Exception {
        Path file = write("http:\n  port: 1\n  host: localhost\n");

        GatewayConfig config = loader.load(
                        Optional.of(file),
                        Map.of(
                                "CHATGATEWAY_HTTP_PORT", "8090",
                                "CHATGATEWAY_HTTP_ORIGINS", "https://a.example, https://b.example:8443",
                                "CHATGATEWAY_EMBEDDED_RATELIMITS", "off",
                                "CHATGATEWAY_EMBEDDED_DEMOTOKENS", "true"))
                .config();

        assertThat(config.http().port()).isEqualTo(8090);
        assertThat(config.http().host()).isEqualTo("localhost");
        assertThat(config.http().origins()).isEqualTo(List.of("https://a.example", "https://b.example:8443"));
        assertThat(config.embedded().limited()).isFalse();
        assertThat(config.embedded().demoTokens()).isTrue();
    }

    @Test
    void yaml_off_names_no_live_channel() throws Exception {
        for (String off : List.of("off", "\"off\"", "false")) {
            Path file = write("embedded:\n  signalingEndpoint: " + off + "\n");
            assertThat(loader.load(Optional.of(file), Map.of())
                            .config()
                            .embedded()
                            .signalingOff())
                    .as(off)
                    .isTrue();
        }
    }

    @Test
    void yaml_off_switches_rate_limits_off() throws Exception {
        for (String off : List.of("off", "\"off\"", "false")) {
            Path file = write("embedded:\n  rateLimits: " + off + "\n");
            assertThat(loader.load(Optional.of(file), Map.of())
                            .config()
                            .embedded()
                            .limited())
                    .as(off)
                    .isFalse();
        }
    }

    @Test
    void keys_without_effect_are_accepted_and_named() throws Exception {
        Path file = write("poll:\n  window: 400\n  hotMs: 900\n");
        ConfigLoader.Loaded loaded = loader.load(Optional.of(file), Map.of("CHATGATEWAY_POLL_SWEEPPAGES", "0"));
        assertThat(loaded.retired()).containsExactlyInAnyOrder("poll.window", "poll.sweepPages");
        assertThat(loaded.config().poll().hotMs()).isEqualTo(900);
        assertThat(loaded.printed()).doesNotContain("window: ", "sweepPages");
    }

    @Test
    void secrets_are_never_printed() throws Exception {
        String key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
        ConfigLoader.Loaded loaded = loader.load(Optional.empty(), Map.of("CHATGATEWAY_EMBEDDED_ACCESSKEY", key));

        assertThat(loaded.printed()).contains("accessKey: \"(hidden)\"").doesNotContain(key);
        assertThat(loaded.config().toString()).doesNotContain(key);
        assertThat(problems(write("embedded:\n  accessKey: short!\n"), Map.of()))
                .containsExactly("embedded.accessKey: (hidden) (expected: base64 of 16 bytes or more)");
    }

    @Test
    void dependent_keys_are_checked() {
        assertThat(problems(write("cluster:\n  enabled: true\n"), Map.of()))
                .anyMatch(p -> p.startsWith("cluster.enabled: true (expected: upstream.endpoint set too"))
                .contains("signing.key: null (expected: a key, the same on all nodes, as cluster.enabled is true)");
        assertThat(problems(write("embedded:\n  enabled: false\n"), Map.of()))
                .containsExactly("upstream.endpoint: null (expected: an endpoint, as embedded.enabled is false)");
        assertThat(problems(write("https:\n  certificate: /nowhere.pem\n"), Map.of()))
                .contains("https.certificate: /nowhere.pem (expected: a readable file)");
    }

    @Test
    void origin_that_no_browser_sends_is_refused() {
        assertThat(problems(
                        write("http:\n  origins: [\"https://stra\u00dfe.example\", \"https://b\u00fccher.example\"]\n"),
                        Map.of()))
                .containsExactly(
                        "http.origins[0]: https://stra\u00dfe.example (expected: scheme://host[:port] as browsers send"
                                + " it, other alphabets in their xn-- form)");
    }

    @Test
    void proxy_protocol_requires_trusted_proxies() {
        assertThat(problems(write("http:\n  proxyProtocol: true\n"), Map.of()))
                .containsExactly(
                        "http.proxyProtocol: true (expected: http.trustedProxies set too, as anybody else could"
                                + " name any address)");
    }

    /** The plain listener asked for no certificate, so that mutual TLS kept nobody out. */
    @Test
    void client_authority_excludes_an_open_plain_port() throws Exception {
        String authority = "https:\n  clientAuthority: " + write("authority.pem", "") + "\n";
        String refusal =
                "http.enabled: true (expected: false with https.clientAuthority, unless http.host is a loopback"
                        + " address, as no certificate is asked for there)";

        for (String open : List.of("0.0.0.0", "10.0.0.1", "127.gateway.example", "\"::\"")) {
            assertThat(problems(write(authority + "http:\n  host: " + open + "\n"), Map.of()))
                    .as(open)
                    .containsExactly(refusal);
            loader.load(Optional.of(write(authority + "http:\n  enabled: false\n  host: " + open + "\n")), Map.of());
        }
        for (String closed : List.of("localhost", "127.0.0.2", "\"::1\"")) {
            loader.load(Optional.of(write(authority + "http:\n  host: " + closed + "\n")), Map.of());
        }
    }

    /** A gateway that clients reach from everywhere opened its management port to them too. */
    @Test
    void management_port_stays_on_loopback_by_default() throws Exception {
        GatewayConfig config = loader.load(Optional.of(write("http:\n  host: 0.0.0.0\n")), Map.of())
                .config();
        assertThat(config.management().host()).isEqualTo("127.0.0.1");
    }

    @Test
    void invalid_yaml_is_reported_with_its_line() {
        assertThat(problems(write("http:\n  port: [1\n"), Map.of()).get(0))
                .contains("gateway.yaml:")
                .contains("not YAML");
        assertThat(problems(directory.resolve("none.yaml"), Map.of()))
                .containsExactly("--config: " + directory.resolve("none.yaml") + " (expected: a file that exists)");
    }

    private List<String> problems(Path file, Map<String, String> environment) {
        return catchThrowableOfType(ConfigException.class, () -> loader.load(Optional.of(file), environment))
                .problems();
    }

    /** The sections of the schema, in its order. */
    private static String sections() {
        return new ConfigSchema(new ObjectMapper())
                .leaves().keySet().stream()
                        .map(key -> key.substring(0, key.indexOf('.')))
                        .distinct()
                        .collect(Collectors.joining(", "));
    }

    private Path write(String yaml) {
        return write("gateway.yaml", yaml);
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
