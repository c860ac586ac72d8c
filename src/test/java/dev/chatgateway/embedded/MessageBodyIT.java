package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService.User;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Fields of messages, as recorded of the real service. */
@ParameterizedClass
@EnumSource(Storage.class)
class MessageBodyIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service;

    MessageBodyIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private static String messages(String thread) {
        return "/chat/threads/" + thread + "/messages";
    }

    private String send(User user, String thread, String body) {
        return messages(thread) + "/"
                + service.post(user, messages(thread), body).text("id");
    }

    private JsonNode get(User user, String path) {
        return service.get(user, path).json();
    }

    private static Instant second(String id) {
        return Instant.ofEpochSecond(Long.parseLong(id) / 1000);
    }

    @Test
    void deleted_message_has_empty_text_and_no_edited_on() {
        User alice = service.user();
        String thread = service.thread(alice);
        String path = send(
                alice,
                thread,
                "{\"content\":\"secret\",\"senderDisplayName\":\"Al\",\"type\":\"html\",\"metadata\":{\"a\":\"1\"}}");
        service.call(alice, "PATCH", path, "{\"content\":\"edited\"}");
        assertThat(get(alice, path).has("editedOn")).isTrue();

        service.call(alice, "DELETE", path, null);

        JsonNode deleted = get(alice, path);
        assertThat(deleted.path("content")).hasToString("{\"message\":\"\",\"attachments\":[]}");
        assertThat(deleted.has("deletedOn")).isTrue();
        assertThat(deleted.has("editedOn")).isFalse();
        assertThat(deleted.has("metadata")).isFalse();
        assertThat(deleted.path("senderDisplayName").asText()).isEqualTo("Al");
        assertThat(deleted.path("type").asText()).isEqualTo("html");
        assertThat(get(alice, messages(thread)).at("/value/0")).isEqualTo(deleted);
    }

    @Test
    void times_are_ids_and_versions_cut_to_the_second() {
        User alice = service.user();
        FIXTURE.clock().advance(Duration.ofMillis(987));
        String thread = service.thread(alice);
        String path = send(alice, thread, "{\"content\":\"x\"}");
        FIXTURE.clock().advance(Duration.ofMillis(1_500));
        service.call(alice, "PATCH", path, "{\"content\":\"y\"}");
        JsonNode edited = get(alice, path);
        service.call(alice, "DELETE", path, null);
        JsonNode deleted = get(alice, path);

        assertThat(edited.path("createdOn").asText())
                .isEqualTo(second(edited.path("id").asText()).toString());
        assertThat(edited.path("editedOn").asText())
                .isEqualTo(second(edited.path("version").asText()).toString());
        assertThat(deleted.path("deletedOn").asText())
                .isEqualTo(second(deleted.path("version").asText()).toString());
        assertThat(deleted.path("version").asLong())
                .isGreaterThan(edited.path("version").asLong());
        assertThat(deleted.path("sequenceId").asText()).isEqualTo("3");
    }

    @Test
    void text_and_html_have_attachments_since_2024_03_15() {
        User alice = service.user();
        String thread = service.thread(alice);
        String text = send(alice, thread, "{\"content\":\"x\"}");
        String html = send(alice, thread, "{\"content\":\"x\",\"type\":\"html\"}");

        for (String path : new String[] {text, html}) {
            assertThat(get(alice, path).path("content")).hasToString("{\"message\":\"x\",\"attachments\":[]}");
            for (String newer : new String[] {"2024-03-15-preview", "2024-06-05-preview"}) {
                assertThat(get(alice, path + "?api-version=" + newer)
                                .path("content")
                                .has("attachments"))
                        .as(newer)
                        .isTrue();
            }
            for (String older : new String[] {"2021-09-07", "2023-11-07", "2024-03-07"}) {
                assertThat(get(alice, path + "?api-version=" + older).path("content"))
                        .as(older)
                        .hasToString("{\"message\":\"x\"}");
            }
        }
        assertThat(get(alice, messages(thread)).at("/value/2/content").has("attachments"))
                .isFalse();
    }

    @Test
    void missing_display_name_is_absent_since_2025_03_15() {
        User alice = service.user();
        String path = send(alice, service.thread(alice), "{\"content\":\"x\"}");

        assertThat(get(alice, path).has("senderDisplayName")).isFalse();
        assertThat(get(alice, path + "?api-version=2024-06-05-preview")
                        .path("senderDisplayName")
                        .asText("absent"))
                .isEmpty();
    }

    @Test
    void empty_text_removes_a_key_of_a_message_s_metadata() {
        User alice = service.user();
        String path = send(
                alice, service.thread(alice), "{\"content\":\"x\",\"metadata\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"\"}}");
        assertThat(get(alice, path).path("metadata")).hasToString("{\"a\":\"1\",\"b\":\"2\",\"c\":\"\"}");

        service.call(alice, "PATCH", path, "{\"metadata\":{\"a\":\"\",\"d\":\"4\"}}");
        JsonNode changed = get(alice, path);

        assertThat(changed.path("metadata")).hasToString("{\"b\":\"2\",\"c\":\"\",\"d\":\"4\"}");
        service.call(alice, "PATCH", path, "{\"metadata\":{\"b\":\"\",\"c\":\"\",\"d\":null}}");
        assertThat(get(alice, path).has("metadata")).isFalse();
        assertThat(get(alice, path).at("/content/message").asText()).isEqualTo("x");
    }

    @Test
    void system_messages_leave_out_participant_metadata() {
        User alice = service.user();
        User bob = service.user();
        User carol = service.user();
        String member = "{\"communicationIdentifier\":%s,\"displayName\":\"N\",\"metadata\":{\"k\":\"v\"}}";
        String thread = service.post(
                        alice,
                        "/chat/threads",
                        "{\"topic\":\"t\",\"participants\":[" + String.format(member, TestService.identifier(bob))
                                + "]}")
                .text("chatThread.id");
        String participants = "/chat/threads/" + thread + "/participants";
        service.post(
                alice,
                participants + "/:add",
                "{\"participants\":[" + String.format(member, TestService.identifier(carol)) + "]}");
        service.post(alice, participants + "/:remove", TestService.identifier(carol));

        JsonNode list = get(alice, messages(thread)).path("value");

        for (String pointer : new String[] {"/0/content/participants/0", "/1/content/participants/0"}) {
            assertThat(list.at(pointer).path("displayName").asText()).isEqualTo("N");
            assertThat(list.at(pointer).path("shareHistoryTime").asText()).isEqualTo("1970-01-01T00:00:00Z");
            assertThat(list.at(pointer).has("metadata")).isFalse();
        }
        assertThat(list.at("/3/content/participants/1").has("metadata")).isFalse();
        assertThat(get(alice, participants).at("/value/1/metadata/k").asText()).isEqualTo("v");
    }
}
