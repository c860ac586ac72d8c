package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets that come from files: {@code <variable>_FILE}. */
class SecretVariablesTest {
    private static final String KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

    @TempDir
    Path directory;

    @Test
    void each_secret_may_be_in_a_file() throws Exception {
        Map<String, String> environment = Map.of(
                "CHATGATEWAY_SIGNING_KEY_FILE", file("a", KEY + "\n"),
                "CHATGATEWAY_SIGNING_PREVIOUSKEY_FILE", file("b", KEY),
                "CHATGATEWAY_EMBEDDED_ACCESSKEY_FILE", file("c", KEY + "\r\n"),
                "CHATGATEWAY_EVENTS_SECRET_FILE", file("d", "events-events-events"),
                "CHATGATEWAY_MANAGEMENT_SECRET_FILE", file("e", "manage-manage-manage"));
        ConfigLoader.Loaded loaded = new ConfigLoader().load(Optional.empty(), environment);

        assertThat(loaded.config().signing().key()).isEqualTo(KEY);
        assertThat(loaded.config().signing().previousKey()).isEqualTo(KEY);
        assertThat(loaded.config().embedded().accessKey()).isEqualTo(KEY);
        assertThat(loaded.config().events().secret()).isEqualTo("events-events-events");
        assertThat(loaded.config().management().secret()).isEqualTo("manage-manage-manage");
        assertThat(loaded.printed() + loaded.config()).doesNotContain(KEY, "events-events", "manage-manage");
        assertThat(environment.keySet())
                .as("every secret of the schema")
                .hasSameSizeAs(new ConfigSchema(new ObjectMapper())
                        .leaves().values().stream()
                                .filter(leaf -> leaf.path("writeOnly").asBoolean())
                                .toList());
    }

    @Test
    void unreadable_file_is_reported_with_variable_and_path() throws IOException {
        String none = directory.resolve("none").toString();
        String empty = file("empty", "\n");
        String big = file("big", "x".repeat(70_000));

        assertThat(problems(Map.of("CHATGATEWAY_SIGNING_KEY_FILE", none)))
                .containsExactly("CHATGATEWAY_SIGNING_KEY_FILE: " + none + " (expected: a readable file)");
        assertThat(problems(Map.of("CHATGATEWAY_SIGNING_KEY_FILE", directory.toString())))
                .containsExactly("CHATGATEWAY_SIGNING_KEY_FILE: " + directory + " (expected: a readable file)");
        for (String file : List.of(empty, big)) {
            assertThat(problems(Map.of("CHATGATEWAY_EVENTS_SECRET_FILE", file)))
                    .containsExactly(
                            "CHATGATEWAY_EVENTS_SECRET_FILE: " + file + " (expected: a file of 1 to 65536 bytes)");
        }
    }

    @Test
    void secret_may_not_be_set_twice() throws IOException {
        String file = file("a", KEY);

        assertThat(problems(Map.of("CHATGATEWAY_SIGNING_KEY_FILE", file, "CHATGATEWAY_SIGNING_KEY", KEY)))
                .containsExactly("CHATGATEWAY_SIGNING_KEY_FILE: " + file
                        + " (expected: this or CHATGATEWAY_SIGNING_KEY, not both)");
    }

    @Test
    void only_secrets_have_file_variables_and_content_stays_hidden() throws IOException {
        assertThat(problems(Map.of("CHATGATEWAY_HTTP_PORT_FILE", file("a", "8080"))))
                .singleElement()
                .asString()
                .startsWith("CHATGATEWAY_HTTP_PORT_FILE: unknown variable");
        assertThat(problems(Map.of("CHATGATEWAY_MANAGEMENT_SECRET_FILE", file("b", "tooshort"))))
                .containsExactly("management.secret: (hidden) (expected: a string of 16 characters or more)");
    }

    private static List<String> problems(Map<String, String> environment) {
        return catchThrowableOfType(ConfigException.class, () -> new ConfigLoader().load(Optional.empty(), environment))
                .problems();
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(directory.resolve(name), content).toString();
    }
}
