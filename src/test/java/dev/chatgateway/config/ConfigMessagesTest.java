package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of a configuration that can't be used, and what is taken although it looks odd. */
class ConfigMessagesTest {
    @TempDir
    Path directory;

    @Test
    void problem_names_file_and_line_or_variable() throws IOException {
        Path file = write("""
                http:
                  port: 99999
                ledger:
                  windows:
                    - {limit: nonsense, calls: 1, seconds: 1}
                limits:
                  pingSeconds: 100
                """);

        assertThat(explained(file, Map.of("CHATGATEWAY_MANAGEMENT_PORT", "x", "CHATGATEWAY_SIGNING_KEY", "?")))
                .contains(
                        file + ":2: http.port: 99999 (expected: 0 to 65535)",
                        "CHATGATEWAY_MANAGEMENT_PORT: management.port: \"x\" (expected: 0 to 65535)")
                .anyMatch(line -> line.startsWith(file + ":5: ledger.windows[0].limit: "));
        assertThat(explained(
                        write("limits:\n  pingSeconds: 100\n"),
                        Map.of("CHATGATEWAY_SIGNING_KEY", "?", "CHATGATEWAY_MANAGEMENT_HOSTS", "good,b ad")))
                .contains(
                        "CHATGATEWAY_SIGNING_KEY: signing.key: (hidden) (expected: base64 of 16 bytes or more)",
                        "CHATGATEWAY_MANAGEMENT_HOSTS: management.hosts[1]: b ad (expected: a host name without a port)")
                .anyMatch(line -> line.startsWith(file + ":2: limits.pingSeconds: 100 "));
    }

    @ParameterizedTest
    @CsvSource({
        "http: {prot: 1}, http.port",
        "htp: {}, http",
        "embedded: {faults: {latencyms: 1}}, embedded.faults.latencyMs",
        "http: {hotMs: 1}, poll.hotMs",
        "management: {secrte: x}, management.secret",
    })
    void misspelled_key_is_reported_with_a_suggestion(String yaml, String meant) throws IOException {
        assertThat(explained(write(yaml + "\n"), Map.of()).get(0)).endsWith("; did you mean " + meant + "?");
    }

    @Test
    void misspelled_variable_is_reported_with_a_suggestion() throws IOException {
        assertThat(explained(write(""), Map.of("CHATGATEWAY_HTTP_PROT", "1")).get(0))
                .endsWith("; did you mean CHATGATEWAY_HTTP_PORT?");
        assertThat(explained(write(""), Map.of("CHATGATEWAY_SIGNINGKEY_FILE", "x"))
                        .get(0))
                .endsWith("; did you mean CHATGATEWAY_SIGNING_KEY_FILE?");
        assertThat(explained(write(""), Map.of("CHATGATEWAY_SOMETHING_ELSE", "x"))
                        .get(0))
                .doesNotContain("did you mean");
    }

    @Test
    void variables_of_the_script_are_ignored() throws Exception {
        assertThat(new ConfigLoader()
                        .load(Optional.empty(), Map.of("CHATGATEWAY_JAR", "a.jar", "CHATGATEWAY_WARM_UP", "1"))
                        .config())
                .isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http:\n\tport: 1\n", "http:\n  port: 1\n\thost: x\n", "http:\n \t port: 1\n"})
    void tab_is_reported_as_a_tab(String yaml) throws IOException {
        assertThat(explained(write(yaml), Map.of()).get(0))
                .contains("gateway.yaml:")
                .endsWith("not YAML: a tab at the beginning of the line (expected: spaces)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http:\n  port: 1\n---\nhttp:\n  port: 2\n",
                "---\nhttp:\n  port: 1\n---\n- x\n",
                "# nothing\n---\n---\nhttp: {}\n"
            })
    void second_document_is_reported_with_its_line(String yaml) throws IOException {
        assertThat(explained(write(yaml), Map.of())).singleElement().asString().contains(": a second document (");
    }

    @Test
    void alias_is_refused() throws IOException {
        Path file = write("http:\n  host: &here 127.0.0.2\nmanagement:\n  host: *here\n");
        assertThat(explained(file, Map.of()).get(0)).startsWith(file + ":4: an alias, *here");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http:\n  # port: 1\n",
                "embedded:\n  faults:\n    # latencyMs: 1\n",
                "embedded:\n  faults:\n    rules:\n      # - {kind: drop, rate: 1}\n",
                "http:\n  origins:\n    # - https://a.example\n",
                "# all of it\n",
                "---\n",
                "\ufeffhttp:\r\n  # port: 1\r\n",
                "https:\n  certificate:\n  key: \"\"\n",
            })
    void section_without_entries_means_the_defaults(String yaml) throws Exception {
        GatewayConfig defaults =
                new ConfigLoader().load(Optional.empty(), Map.of()).config();
        assertThat(new ConfigLoader().load(Optional.of(write(yaml)), Map.of()).config())
                .isEqualTo(defaults);
    }

    @ParameterizedTest
    @ValueSource(strings = {"management.secret", "events.secret", "embedded.accessKey", "signing.key"})
    void secret_excludes_the_final_line_break(String key) throws Exception {
        String value = "MDEyMzQ1Njc4OWFiY2RlZg==";
        String variable = "CHATGATEWAY_" + key.replace('.', '_').toUpperCase(java.util.Locale.ROOT);
        GatewayConfig plain = new ConfigLoader()
                .load(Optional.empty(), Map.of(variable, value))
                .config();
        for (String end : List.of("\n", "\r\n", " \n")) {
            assertThat(new ConfigLoader()
                            .load(Optional.empty(), Map.of(variable, value + end))
                            .config())
                    .isEqualTo(plain);
        }
        String[] names = key.split("\\.");
        Path block = write(names[0] + ":\n  " + names[1] + ": |\n    " + value + "\n");
        assertThat(new ConfigLoader().load(Optional.of(block), Map.of()).config())
                .isEqualTo(plain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"management.secret", "events.secret"})
    void secret_that_no_header_can_carry_is_refused(String key) throws IOException {
        String variable = "CHATGATEWAY_" + key.replace('.', '_').toUpperCase(java.util.Locale.ROOT);
        for (String value : List.of("0123456789\n0123456789", "0123456789\t0123456789", "\u00fc123456789012345")) {
            assertThat(explained(write(""), Map.of(variable, value)))
                    .containsExactly(variable + ": " + key
                            + ": (hidden) (expected: one line of printable ASCII, as it is sent in a header)");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "http.publicEndpoint, https://a b",
        "http.publicEndpoint, https://a.example:99999",
        "http.publicEndpoint, https://user@a.example",
        "http.publicEndpoint, https://a.example?x",
        "http.publicEndpoint, https://stra\u00dfe.example",
        "embedded.publicEndpoint, https://a b",
        "embedded.signalingEndpoint, https://a b",
        "embedded.signalingEndpoint, on",
        "upstream.endpoint, https://a b",
        "upstream.endpoint, https://a.example:99999",
        "upstream.endpoint, https://my_host",
        "http.host, a b",
        "http.host, 127.0.0.1:8080",
        "http.host, [::1]",
        "http.host, b\u00fccher.example",
        "management.host, 1.2.3.400",
        "embedded.host, http://localhost",
        "management.hosts, a.example:8081",
        "management.hosts, *.example",
        "embedded.names, a/b",
        "cluster.members, a b:5701",
        "data.directory, pom.xml",
        "embedded.storage, pom.xml",
        "https.certificate, src",
    })
    void unusable_value_is_refused(String key, String value) throws IOException {
        assertThat(explained(write(""), Map.of(variable(key), value)))
                .isNotEmpty()
                .anyMatch(line -> line.startsWith(variable(key) + ": " + key));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http.publicEndpoint",
                "embedded.publicEndpoint",
                "embedded.signalingEndpoint",
                "upstream.endpoint"
            })
    void line_break_in_an_endpoint_is_refused_and_escaped(String key) throws IOException {
        assertThat(explained(write(""), Map.of(variable(key), "https://a.example\n"))
                        .get(0))
                .startsWith(variable(key) + ": " + key + ": \"https://a.example\\n\" (expected: ");
    }

    @ParameterizedTest
    @CsvSource({
        "http.publicEndpoint, https://my_host:8443",
        "http.publicEndpoint, https://b\u00fccher.example/",
        "embedded.publicEndpoint, https://acs_emulator:9443/",
        "upstream.endpoint, http://acs_emulator:9443",
        "upstream.endpoint, https://b\u00fccher.example",
        "http.host, ::1",
        "http.host, fe80::1%eth0",
        "management.host, my_host",
        "management.hosts, gateway.internal",
        "cluster.members, 10.0.0.6:5701",
        "embedded.names, ::1",
    })
    void unusual_name_is_accepted(String key, String value) throws Exception {
        new ConfigLoader().load(Optional.empty(), Map.of(variable(key), value));
    }

    @Test
    void plain_http_to_azure_causes_a_warning() throws Exception {
        String key = "upstream.endpoint";
        for (String endpoint : List.of("http://a.communication.azure.com", "http://A.b.Communication.Azure.com:80/")) {
            assertThat(new ConfigLoader()
                            .load(Optional.empty(), Map.of(variable(key), endpoint))
                            .warnings())
                    .singleElement()
                    .asString()
                    .startsWith(variable(key) + ": " + key + ": " + endpoint + " (expected: https");
        }
        for (String endpoint : List.of("https://a.communication.azure.com", "http://localhost:9080")) {
            assertThat(new ConfigLoader()
                            .load(Optional.empty(), Map.of(variable(key), endpoint))
                            .warnings())
                    .isEmpty();
        }
    }

    private static String variable(String key) {
        return Environment.variable(key);
    }

    private static List<String> explained(Path file, Map<String, String> environment) {
        return catchThrowableOfType(
                        ConfigException.class, () -> new ConfigLoader().load(Optional.of(file), environment))
                .explained();
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(directory.resolve("gateway.yaml"), yaml);
    }
}
