package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Properties of a thread, as recorded of the real service. */
@ParameterizedClass
@EnumSource(Storage.class)
class ThreadPropertiesIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service;

    ThreadPropertiesIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private JsonNode create(User user, String fields) {
        Answer made = service.post(user, "/chat/threads", "{\"topic\":\"t\"" + fields + "}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        return made.json().path("chatThread");
    }

    private static String path(JsonNode thread) {
        return "/chat/threads/" + thread.path("id").asText();
    }

    private JsonNode patched(User user, JsonNode thread, String body) {
        assertThat(service.call(user, "PATCH", path(thread), body).status()).isEqualTo(204);
        return service.get(user, path(thread)).json();
    }

    @Test
    void thread_id_has_the_form_of_2025() {
        assertThat(create(service.user(), "").path("id").asText()).matches("19:acsV1_[A-Za-z0-9_-]{43}1@thread\\.v2");
    }

    @Test
    void thread_is_created_on_a_whole_second() {
        FIXTURE.clock().advance(Duration.ofMillis(987));
        assertThat(create(service.user(), "").path("createdOn").asText()).matches("2026-03-01T12:\\d\\d:\\d\\dZ");
    }

    @Test
    void empty_metadata_is_returned_and_missing_metadata_absent() {
        User alice = service.user();
        JsonNode empty = create(alice, ",\"metadata\":{}");
        JsonNode none = create(alice, "");

        assertThat(empty.path("metadata")).hasToString("{}");
        assertThat(service.get(alice, path(empty)).json().path("metadata")).hasToString("{}");
        assertThat(none.has("metadata")).isFalse();
        assertThat(patched(alice, none, "{}").has("metadata")).isFalse();
        assertThat(patched(alice, none, "{\"metadata\":{}}").has("metadata")).isFalse();
    }

    @Test
    void thread_metadata_is_merged_by_key() {
        User alice = service.user();
        JsonNode thread = create(alice, ",\"metadata\":{\"a\":\"1\",\"b\":\"2\"}");

        assertThat(patched(alice, thread, "{\"metadata\":{\"b\":\"3\",\"c\":\"4\"}}")
                        .path("metadata"))
                .hasToString("{\"a\":\"1\",\"b\":\"3\",\"c\":\"4\"}");
        assertThat(patched(alice, thread, "{\"topic\":\"new\"}").path("metadata"))
                .hasSize(3);
    }

    @Test
    void retention_policy_none_is_present_since_2024_06_05() {
        User alice = service.user();
        JsonNode thread = create(alice, "");

        assertThat(thread.path("retentionPolicy")).hasToString("{\"kind\":\"none\"}");
        for (String version : new String[] {"2025-03-15", "2024-06-05-preview"}) {
            assertThat(service.get(alice, path(thread) + "?api-version=" + version)
                            .json()
                            .path("retentionPolicy"))
                    .hasToString("{\"kind\":\"none\"}");
        }
        for (String version : new String[] {"2024-03-15-preview", "2024-03-07", "2021-09-07"}) {
            assertThat(service.get(alice, path(thread) + "?api-version=" + version)
                            .json()
                            .has("retentionPolicy"))
                    .as(version)
                    .isFalse();
        }
    }

    @Test
    void null_and_none_remove_the_retention_policy() {
        User alice = service.user();
        String policy = "\"retentionPolicy\":{\"kind\":\"threadCreationDate\",\"deleteThreadAfterDays\":30}";
        for (String end : new String[] {"null", "{\"kind\":\"none\"}"}) {
            JsonNode thread = create(alice, "," + policy);
            assertThat(patched(alice, thread, "{\"topic\":\"kept\"}")
                            .at("/retentionPolicy/deleteThreadAfterDays")
                            .asInt())
                    .isEqualTo(30);
            assertThat(patched(alice, thread, "{\"retentionPolicy\":" + end + "}")
                            .path("retentionPolicy"))
                    .as(end)
                    .hasToString("{\"kind\":\"none\"}");
            assertThat(patched(alice, thread, "{" + policy + "}")
                            .path("retentionPolicy")
                            .path("kind")
                            .asText())
                    .isEqualTo("threadCreationDate");
        }
    }
}
