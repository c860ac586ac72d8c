package dev.chatgateway.embedded.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.ServiceFixture;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Message operations over HTTP. */
@ParameterizedClass
@EnumSource(Storage.class)
class MessageOperationsIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.plain();

    private final TestService service;

    MessageOperationsIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private String messages(String thread) {
        return "/chat/threads/" + thread + "/messages";
    }

    private static List<String> ids(Answer page) {
        List<String> ids = new ArrayList<>();
        page.json().path("value").forEach(m -> ids.add(m.path("id").asText()));
        return ids;
    }

    @Test
    void sent_message_is_returned_by_id_and_listed_first() {
        User alice = service.user();
        String thread = service.thread(alice);

        Answer sent = service.post(
                alice,
                messages(thread),
                "{\"content\":\"Hello\",\"senderDisplayName\":\"Alice\",\"metadata\":{\"colour\":\"red\"}}");

        assertThat(sent.status()).isEqualTo(201);
        String id = sent.text("id");
        assertThat(id).matches("\\d{13}");
        assertThat(sent.header("Location"))
                .isEqualTo(
                        service.started.endpoint() + "/chat/threads/" + thread.replace(":", "%3A") + "/messages/" + id);
        JsonNode got = service.get(alice, messages(thread) + "/" + id).json();
        assertThat(got.path("type").asText()).isEqualTo("text");
        assertThat(got.at("/content/message").asText()).isEqualTo("Hello");
        assertThat(got.path("senderDisplayName").asText()).isEqualTo("Alice");
        assertThat(got.at("/senderCommunicationIdentifier/rawId").asText()).isEqualTo(alice.id());
        assertThat(got.at("/senderCommunicationIdentifier/communicationUser/id").asText())
                .isEqualTo(alice.id());
        assertThat(got.at("/metadata/colour").asText()).isEqualTo("red");
        assertThat(got.path("sequenceId").asText()).isEqualTo("3");
        assertThat(got.path("version").asText()).isEqualTo(id);
        assertThat(Instant.parse(got.path("createdOn").asText()).getEpochSecond())
                .isEqualTo(Long.parseLong(id) / 1000);
        assertThat(got.has("editedOn")).isFalse();
        Answer list = service.get(alice, messages(thread));
        assertThat(list.json().at("/value/0")).isEqualTo(got);
        assertThat(list.json().has("nextLink")).isFalse();
    }

    @Test
    void creation_writes_two_system_messages() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice, bob);

        JsonNode page = service.get(alice, messages(thread)).json().path("value");

        assertThat(page).hasSize(2);
        JsonNode topic = page.get(0);
        JsonNode added = page.get(1);
        assertThat(topic.path("type").asText()).isEqualTo("topicUpdated");
        assertThat(topic.path("sequenceId").asText()).isEqualTo("2");
        assertThat(topic.at("/content/topic").asText()).isEqualTo("Tea");
        assertThat(topic.at("/content/initiatorCommunicationIdentifier/rawId").asText())
                .isEqualTo(alice.id());
        assertThat(topic.has("senderCommunicationIdentifier")).isFalse();
        assertThat(topic.has("senderDisplayName")).isFalse();
        assertThat(added.path("type").asText()).isEqualTo("participantAdded");
        assertThat(added.path("sequenceId").asText()).isEqualTo("1");
        assertThat(added.at("/content/participants/0/communicationIdentifier/rawId")
                        .asText())
                .isEqualTo(alice.id());
        assertThat(added.at("/content/participants/1/communicationIdentifier/rawId")
                        .asText())
                .isEqualTo(bob.id());
        assertThat(added.at("/content/participants/1/shareHistoryTime").asText())
                .isEqualTo("1970-01-01T00:00:00Z");
    }

    @Test
    void pages_follow_absolute_links_to_the_end() {
        User alice = service.user();
        String thread = service.thread(alice);
        service.message(alice, thread, "one");
        List<String> all = ids(service.get(alice, messages(thread)));
        assertThat(all).hasSize(3).isSortedAccordingTo(java.util.Comparator.reverseOrder());

        List<String> seen = new ArrayList<>();
        String link = messages(thread) + "?maxPageSize=1";
        int pages = 0;
        while (link != null) {
            Answer page = service.get(alice, link);
            assertThat(page.status()).isEqualTo(200);
            seen.addAll(ids(page));
            link = page.text("nextLink");
            if (link != null) {
                assertThat(link)
                        .startsWith(service.started.endpoint() + "/chat/threads/" + thread + "/messages?")
                        .contains("syncState=", "startTime=", "maxPageSize=1", TestService.VERSION);
            }
            pages++;
        }

        assertThat(seen).isEqualTo(all);
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void start_time_is_an_inclusive_bound_on_the_arrival() {
        User alice = service.user();
        String thread = service.thread(alice);
        String first = service.message(alice, thread, "first");
        String second = service.message(alice, thread, "second");
        service.call(alice, "PATCH", messages(thread) + "/" + first, "{\"content\":\"edited\"}");
        String start = Instant.ofEpochMilli(Long.parseLong(second)).toString();

        assertThat(ids(service.get(alice, messages(thread) + "?startTime=" + start)))
                .containsExactly(second);
    }

    @Test
    void edit_raises_the_version_and_keeps_the_arrival() {
        User alice = service.user();
        String thread = service.thread(alice);
        String id = service.message(alice, thread, "first");
        String path = messages(thread) + "/" + id;

        assertThat(service.call(alice, "PATCH", path, "{\"content\":\"second\"}")
                        .status())
                .isEqualTo(204);
        assertThat(service.call(alice, "PATCH", path, "{\"metadata\":{\"a\":\"b\"}}")
                        .status())
                .isEqualTo(204);

        JsonNode got = service.get(alice, path).json();
        assertThat(got.at("/content/message").asText()).isEqualTo("second");
        assertThat(got.at("/metadata/a").asText()).isEqualTo("b");
        assertThat(got.path("version").asLong()).isGreaterThan(Long.parseLong(id) + 1);
        assertThat(got.path("sequenceId").asText()).isEqualTo("3");
        assertThat(Instant.parse(got.path("createdOn").asText()).getEpochSecond())
                .isEqualTo(Long.parseLong(id) / 1000);
        assertThat(got.has("editedOn")).isTrue();
    }

    @Test
    void a_deleted_message_stays_with_empty_text() {
        User alice = service.user();
        String thread = service.thread(alice);
        String path = messages(thread) + "/" + service.message(alice, thread, "secret");

        assertThat(service.call(alice, "DELETE", path, null).status()).isEqualTo(204);
        assertThat(service.call(alice, "DELETE", path, null).status()).isEqualTo(204);

        JsonNode got = service.get(alice, path).json();
        assertThat(got.has("deletedOn")).isTrue();
        assertThat(got.at("/content/message").asText("absent")).isEmpty();
        assertThat(service.get(alice, messages(thread)).json().at("/value/0")).isEqualTo(got);
        Answer edit = service.call(alice, "PATCH", path, "{\"content\":\"again\"}");
        assertThat(edit.status()).isEqualTo(404);
        assertThat(edit.code()).isEqualTo("NotFound");
    }

    @Test
    void only_the_sender_changes_a_message_that_is_no_system_message() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice, bob);
        String path = messages(thread) + "/" + service.message(alice, thread, "mine");
        String system = messages(thread) + "/"
                + ids(service.get(alice, messages(thread))).get(2);

        for (String target : List.of(path, system)) {
            assertThat(service.call(bob, "PATCH", target, "{\"content\":\"x\"}").status())
                    .isEqualTo(403);
            assertThat(service.call(bob, "DELETE", target, null).status()).isEqualTo(403);
        }
        assertThat(service.call(alice, "DELETE", system, null).code()).isEqualTo("Forbidden");
    }

    @Test
    void html_is_sanitized_and_text_is_not() {
        User alice = service.user();
        String thread = service.thread(alice);
        String evil = "<b>bold</b><script>alert(1)</script><img src=x onerror=alert(1)>";

        Answer html = service.post(alice, messages(thread), "{\"type\":\"html\",\"content\":\"" + evil + "\"}");
        Answer text = service.post(alice, messages(thread), "{\"type\":\"text\",\"content\":\"" + evil + "\"}");

        String cleaned =
                service.get(alice, messages(thread) + "/" + html.text("id")).text("content.message");
        assertThat(cleaned).contains("<b>bold</b>").doesNotContain("script", "onerror");
        assertThat(service.get(alice, messages(thread) + "/" + text.text("id")).text("content.message"))
                .isEqualTo(evil);
    }

    /** Regression: each character became an entity of five bytes, and the content could not be written back. */
    @Test
    void html_keeps_its_length_and_can_be_written_back() {
        User alice = service.user();
        String thread = service.thread(alice);
        String signs = "@+=`".repeat(7_000);

        String id = service.post(alice, messages(thread), "{\"type\":\"html\",\"content\":\"" + signs + "\"}")
                .text("id");
        String path = messages(thread) + "/" + id;
        assertThat(service.get(alice, path).text("content.message")).isEqualTo(signs);
        assertThat(service.call(alice, "PATCH", path, "{\"content\":\"" + signs + "\"}")
                        .status())
                .isEqualTo(204);
        Answer tooLong =
                service.post(alice, messages(thread), "{\"type\":\"html\",\"content\":\"" + "&".repeat(28_000) + "\"}");
        assertThat(tooLong.status()).isEqualTo(400);
        assertThat(tooLong.text("error.message")).isEqualTo("content: 140000 bytes as HTML (expected: at most 28672)");
    }

    @Test
    void content_is_limited_in_bytes() {
        User alice = service.user();
        String thread = service.thread(alice);

        assertThat(service.post(alice, messages(thread), "{\"content\":\"" + "x".repeat(28_672) + "\"}")
                        .status())
                .isEqualTo(201);
        Answer tooLong = service.post(alice, messages(thread), "{\"content\":\"" + "ä".repeat(14_337) + "\"}");
        assertThat(tooLong.status()).isEqualTo(400);
        assertThat(tooLong.code()).isEqualTo("BadRequest");
        assertThat(tooLong.text("error.message")).isEqualTo("content: 28674 bytes (expected: at most 28672)");
    }

    @Test
    void ids_and_versions_rise_strictly() {
        User alice = service.user();
        String thread = service.thread(alice);
        for (int i = 0; i < 50; i++) {
            service.message(alice, thread, "m" + i);
        }
        JsonNode page =
                service.get(alice, messages(thread) + "?maxPageSize=200").json().path("value");
        for (int i = 1; i < page.size(); i++) {
            assertThat(page.get(i).path("id").asLong())
                    .isLessThan(page.get(i - 1).path("id").asLong());
            assertThat(page.get(i).path("sequenceId").asInt())
                    .isEqualTo(page.get(i - 1).path("sequenceId").asInt() - 1);
        }
    }
}
