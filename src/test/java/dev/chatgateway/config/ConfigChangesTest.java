package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ConfigChangesTest {
    @Test
    void equal_configurations_have_no_changes() throws Exception {
        ConfigChanges changes = ConfigChanges.between(config(), config());

        assertThat(changes.taken()).isEmpty();
        assertThat(changes.refused()).isEmpty();
        assertThat(changes.config()).isEqualTo(config());
    }

    @Test
    void live_keys_are_applied_and_others_refused_by_name() throws Exception {
        ConfigChanges changes = ConfigChanges.between(
                config(),
                config(
                        "LIMITS_CONTENTBYTES", "100",
                        "POLL_HOTMS", "700",
                        "HTTP_ORIGINS", "https://a.example",
                        "LOGGING_LEVEL", "debug",
                        "HTTP_PORT", "1",
                        "DATA_DIRECTORY", "elsewhere",
                        "UPSTREAM_ENDPOINT", "https://b.example",
                        "LIMITS_HEADERBYTES", "2048",
                        "POLL_RINGEVENTS", "100",
                        "PROCESS_EVENTLOOPS", "7",
                        "SIGNING_KEY", "c2VjcmV0LXNlY3JldC1zZWNyZXQ="));

        assertThat(changes.taken())
                .containsExactlyInAnyOrder("limits.contentBytes", "poll.hotMs", "http.origins", "logging.level");
        assertThat(changes.refused())
                .containsExactlyInAnyOrder(
                        "http.port: 1 (expected: 8080 until a restart, as listeners are opened once)",
                        "upstream.endpoint: \"https://b.example\" (expected: null until a restart, as the clients of the"
                                + " service are made once)",
                        "data.directory: \"elsewhere\" (expected: \"data\" until a restart, as what the directory holds"
                                + " is read once)",
                        "limits.headerBytes: 2048 (expected: 16384 until a restart, as listeners are opened once)",
                        "poll.ringEvents: 100 (expected: 512 until a restart, as a watched thread's memory is laid out once)",
                        "process.eventLoops: 7 (expected: 0 until a restart, as it is read once)",
                        "signing.key: (hidden) (expected: the one in force until a restart, as keys are read once)");
        assertThat(changes.config().limits().contentBytes()).isEqualTo(100);
        assertThat(changes.config().poll().hotMs()).isEqualTo(700);
        assertThat(changes.config().http().origins()).containsExactly("https://a.example");
        assertThat(changes.config().http().port()).isEqualTo(8080);
        assertThat(changes.config().upstream().endpoint()).isNull();
        assertThat(changes.config().signing().key()).isNull();
    }

    @Test
    void contradicting_change_is_refused_as_a_whole() throws Exception {
        GatewayConfig after = config("LIMITS_PINGSECONDS", "90", "LIMITS_IDLESECONDS", "120");

        assertThatThrownBy(() -> ConfigChanges.between(config(), after))
                .isInstanceOfSatisfying(ConfigException.class, e -> assertThat(e.problems())
                        .containsExactly("limits.pingSeconds: 90 (expected: less than limits.idleSeconds, 60)"));
    }

    /** A key that is missing here was added without a word on whether it may change while the gateway runs. */
    @Test
    void comparison_covers_every_key() throws Exception {
        ObjectMapper json = new ObjectMapper();
        GatewayConfig config = config("MANAGEMENT_SECRET", "manage-manage-manage", "EVENTS_SECRET", "0123456789abcdef");

        assertThat(ConfigChanges.between(config, config).config()).isEqualTo(config);
        new ConfigSchema(json).leaves().keySet().forEach(key -> assertThat(
                        json.valueToTree(config).at('/' + key.replace('.', '/')).isMissingNode())
                .as(key)
                .isFalse());
    }

    private static GatewayConfig config(String... keysAndValues) throws ConfigException {
        Map<String, String> environment = new TreeMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            environment.put("CHATGATEWAY_" + keysAndValues[i], keysAndValues[i + 1]);
        }
        return new ConfigLoader().load(Optional.empty(), environment).config();
    }
}
