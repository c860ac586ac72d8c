package dev.chatgateway.embedded.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.ServiceFixture;
import dev.chatgateway.embedded.ServiceFixture.Storage;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Thread operations over HTTP. */
@ParameterizedClass
@EnumSource(Storage.class)
class ThreadOperationsIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.clocked(false);

    private final TestService service;

    ThreadOperationsIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private static List<String> ids(Answer page) {
        List<String> ids = new ArrayList<>();
        page.json().path("value").forEach(m -> ids.add(m.path("id").asText()));
        return ids;
    }

    private Answer createWith(User user, String repeatability, String header, String body) {
        return service.send(TestService.request(service.uri("/chat/threads"), "POST", body)
                .header("Authorization", "Bearer " + user.token())
                .header(header, repeatability)
                .build());
    }

    @Test
    void a_created_thread_is_described_and_located() {
        User alice = service.user();

        Answer made = service.post(
                alice,
                "/chat/threads",
                "{\"topic\":\"Tea\",\"participants\":null,\"metadata\":{\"a\":\"1\"},"
                        + "\"retentionPolicy\":{\"kind\":\"threadCreationDate\",\"deleteThreadAfterDays\":60},\"x\":1}");

        assertThat(made.status()).isEqualTo(201);
        JsonNode thread = made.json().path("chatThread");
        String id = thread.path("id").asText();
        assertThat(made.header("Location"))
                .isEqualTo(service.started.endpoint() + "/chat/threads/" + id.replace(":", "%3A"));
        assertThat(made.header("Content-Type")).isEqualTo("application/json; charset=utf-8");
        assertThat(made.header("api-supported-versions")).contains("2025-03-15");
        assertThat(made.header("MS-CV")).isNotBlank();
        assertThat(made.json().has("invalidParticipants")).isFalse();
        assertThat(thread.path("topic").asText()).isEqualTo("Tea");
        assertThat(thread.path("createdOn").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
        assertThat(thread.at("/createdByCommunicationIdentifier/rawId").asText())
                .isEqualTo(alice.id());
        assertThat(thread.at("/metadata/a").asText()).isEqualTo("1");
        assertThat(thread.at("/retentionPolicy/deleteThreadAfterDays").asInt()).isEqualTo(60);
        assertThat(service.get(alice, "/chat/threads/" + id).json()).isEqualTo(thread);
        assertThat(service.get(alice, "/chat/threads/" + id.replace(":", "%3A").replace("@", "%40"))
                        .json())
                .isEqualTo(thread);
        assertThat(service.get(alice, "/chat/threads/" + id.replace(":", "%253A"))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void creator_takes_part_once_named_or_not() {
        User alice = service.user();
        User bob = service.user();
        String body = "{\"topic\":\"t\",\"participants\":[" + TestService.participant(bob)
                + ",{\"communicationIdentifier\":{\"rawId\":\"" + alice.id() + "\"},\"displayName\":\"Alice\"},"
                + TestService.participant(bob) + "]}";

        String id = service.post(alice, "/chat/threads", body).text("chatThread.id");

        JsonNode members = service.get(alice, "/chat/threads/" + id + "/participants")
                .json()
                .path("value");
        assertThat(members).hasSize(2);
        assertThat(members.at("/0/communicationIdentifier/communicationUser/id").asText())
                .isEqualTo(alice.id());
        assertThat(members.at("/0/displayName").asText()).isEqualTo("Alice");
        assertThat(members.at("/1/communicationIdentifier/rawId").asText()).isEqualTo(bob.id());
        assertThat(members.get(1).has("displayName")).isFalse();
    }

    @Test
    void invalid_participants_are_named_and_the_others_added() {
        User alice = service.user();
        User bob = service.user();
        User gone = service.user();
        service.signed("DELETE", "/identities/" + gone.id(), null);
        String foreign = "8:acs:11111111-1111-1111-1111-111111111111_00000001-0000-0000-0000-000000000000";
        String body = "{\"topic\":\"t\",\"participants\":[" + TestService.participant(bob) + ","
                + TestService.participant(gone) + ",{\"communicationIdentifier\":{\"rawId\":\"" + foreign
                + "\"}},{\"communicationIdentifier\":{\"phoneNumber\":{\"value\":\"+15551234\"}}}]}";

        Answer made = service.post(alice, "/chat/threads", body);

        assertThat(made.status()).isEqualTo(201);
        JsonNode failures = made.json().path("invalidParticipants");
        assertThat(failures).hasSize(3);
        assertThat(failures.at("/0/target").asText()).isEqualTo(gone.id());
        assertThat(failures.at("/0/code").asText()).isEqualTo("404");
        assertThat(failures.at("/1/target").asText()).isEqualTo(foreign);
        assertThat(failures.at("/1/code").asText()).isEqualTo("403");
        assertThat(failures.at("/2/target").asText()).isEqualTo("4:+15551234");
        assertThat(failures.at("/2/message").asText()).isNotBlank();
        String id = made.text("chatThread.id");
        assertThat(service.get(alice, "/chat/threads/" + id + "/participants")
                        .json()
                        .path("value"))
                .hasSize(2);
    }

    @Test
    void repeatability_id_belongs_to_one_user() {
        User alice = service.user();
        User bob = service.user();

        Answer first = createWith(alice, "id-1", "repeatability-request-id", "{\"topic\":\"one\"}");
        Answer again = createWith(alice, "id-1", "Repeatability-Request-ID", "{\"topic\":\"two\"}");
        Answer other = createWith(alice, "id-2", "repeatability-request-id", "{\"topic\":\"one\"}");
        Answer bobs = createWith(bob, "id-1", "repeatability-request-id", "{\"topic\":\"one\"}");

        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json()).isEqualTo(first.json());
        assertThat(again.header("Location")).isEqualTo(first.header("Location"));
        assertThat(other.text("chatThread.id")).isNotEqualTo(first.text("chatThread.id"));
        assertThat(bobs.text("chatThread.id")).isNotEqualTo(first.text("chatThread.id"));
        assertThat(ids(service.get(alice, "/chat/threads"))).hasSize(2);
    }

    @Test
    void update_changes_all_properties_and_writes_a_system_message() {
        User alice = service.user();
        User bob = service.user();
        String path = "/chat/threads/" + service.thread(alice, bob);

        assertThat(service.call(alice, "PATCH", path, "{\"metadata\":{\"a\":\"1\",\"b\":\"2\"}}")
                        .status())
                .isEqualTo(204);
        assertThat(service.call(
                                bob,
                                "PATCH",
                                path,
                                "{\"topic\":\"New\",\"metadata\":{\"b\":\"3\",\"a\":null},"
                                        + "\"retentionPolicy\":{\"kind\":\"none\"}}")
                        .status())
                .isEqualTo(204);
        assertThat(service.call(bob, "PATCH", path, "{}").status()).isEqualTo(204);

        JsonNode thread = service.get(alice, path).json();
        assertThat(thread.path("topic").asText()).isEqualTo("New");
        assertThat(thread.path("metadata")).hasSize(1);
        assertThat(thread.at("/metadata/b").asText()).isEqualTo("3");
        assertThat(thread.at("/retentionPolicy/kind").asText()).isEqualTo("none");
        JsonNode messages = service.get(alice, path + "/messages").json().path("value");
        assertThat(messages).hasSize(3);
        assertThat(messages.at("/0/type").asText()).isEqualTo("topicUpdated");
        assertThat(messages.at("/0/content/topic").asText()).isEqualTo("New");
        assertThat(messages.at("/0/content/initiatorCommunicationIdentifier/rawId")
                        .asText())
                .isEqualTo(bob.id());
    }

    @Test
    void deleted_thread_is_not_found_but_listed() {
        User alice = service.user();
        User bob = service.user();
        String id = service.thread(alice, bob);
        String path = "/chat/threads/" + id;
        service.message(alice, id, "x");

        assertThat(service.call(bob, "DELETE", path, null).status()).isEqualTo(204);

        assertThat(service.get(alice, path).status()).isEqualTo(404);
        assertThat(service.get(alice, path + "/messages").status()).isEqualTo(404);
        assertThat(service.get(alice, path + "/participants").status()).isEqualTo(404);
        assertThat(service.post(alice, path + "/messages", "{\"content\":\"x\"}")
                        .status())
                .isEqualTo(404);
        assertThat(service.call(bob, "DELETE", path, null).status()).isEqualTo(404);
        Answer list = service.get(alice, "/chat/threads");
        assertThat(ids(list)).containsExactly(id);
        assertThat(list.json().at("/value/0/deletedOn").asText()).isNotBlank();
    }

    @Test
    void threads_are_listed_by_their_newest_message_page_by_page() {
        User alice = service.user();
        User bob = service.user();
        String first = service.thread(alice);
        FIXTURE.clock().advance(Duration.ofSeconds(1));
        String second = service.thread(alice, bob);
        FIXTURE.clock().advance(Duration.ofSeconds(1));
        String third = service.thread(alice);
        FIXTURE.clock().advance(Duration.ofSeconds(1));
        String message = service.message(alice, first, "x");

        assertThat(ids(service.get(alice, "/chat/threads"))).containsExactly(first, third, second);
        assertThat(ids(service.get(bob, "/chat/threads"))).containsExactly(second);
        Answer since = service.get(alice, "/chat/threads?startTime=" + Instant.ofEpochMilli(Long.parseLong(message)));
        assertThat(ids(since)).containsExactly(first);
        assertThat(Instant.parse(since.text("value.0.lastMessageReceivedOn")).getEpochSecond())
                .isEqualTo(Long.parseLong(message) / 1000);
        assertThat(since.json().at("/value/0").has("createdOn")).isFalse();
        List<String> seen = new ArrayList<>();
        String link = "/chat/threads?maxPageSize=1";
        while (link != null) {
            Answer page = service.get(alice, link);
            seen.addAll(ids(page));
            link = page.text("nextLink");
            assertThat(seen).hasSizeLessThan(5);
        }
        assertThat(seen).containsExactly(first, third, second);
    }

    @Test
    void non_participant_gets_403_and_unknown_thread_404() {
        User alice = service.user();
        User eve = service.user();
        String path = "/chat/threads/" + service.thread(alice);

        for (String method : List.of("GET", "PATCH", "DELETE")) {
            String body = method.equals("PATCH") ? "{\"topic\":\"x\"}" : null;
            Answer foreign = service.call(eve, method, path, body);
            assertThat(foreign.status()).isEqualTo(403);
            assertThat(foreign.code()).isEqualTo("Forbidden");
            assertThat(foreign.header("Retry-After")).isNull();
            Answer unknown = service.call(eve, method, "/chat/threads/19:nothing@thread.v2", body);
            assertThat(unknown.status()).isEqualTo(404);
            assertThat(unknown.code()).isEqualTo("NotFound");
        }
        for (String below : List.of("/messages", "/messages/1", "/participants", "/readReceipts")) {
            assertThat(service.get(eve, path + below).status()).as(below).isEqualTo(403);
        }
        assertThat(service.post(eve, path + "/typing", "{}").status()).isEqualTo(403);
        assertThat(service.post(eve, path + "/readReceipts", "{\"chatMessageId\":\"1\"}")
                        .status())
                .isEqualTo(403);
        assertThat(service.post(
                                eve,
                                path + "/participants/:add",
                                "{\"participants\":[" + TestService.participant(eve) + "]}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void links_lead_to_the_host_of_the_request() {
        User alice = service.user();
        service.thread(alice);
        service.thread(alice);
        int port = service.started.httpPort();

        Answer page = service.send(
                HttpRequest.newBuilder(service.uri("http://127.0.0.1:" + port + "/chat/threads?maxPageSize=1"))
                        .header("Authorization", "Bearer " + alice.token())
                        .build());

        assertThat(page.text("nextLink")).startsWith("http://127.0.0.1:" + port + "/chat/threads?syncState=");
    }
}
