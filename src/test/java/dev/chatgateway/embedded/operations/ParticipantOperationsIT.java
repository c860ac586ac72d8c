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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Participant operations over HTTP, and the visibility of messages. */
@ParameterizedClass
@EnumSource(Storage.class)
class ParticipantOperationsIT {
    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.plain();

    private final TestService service;

    ParticipantOperationsIT(Storage storage) {
        this.service = FIXTURE.on(storage);
    }

    private Answer add(User by, String thread, String participants) {
        return service.post(
                by, "/chat/threads/" + thread + "/participants/:add", "{\"participants\":[" + participants + "]}");
    }

    private Answer remove(User by, String thread, User who) {
        return service.post(by, "/chat/threads/" + thread + "/participants/:remove", TestService.identifier(who));
    }

    private List<String> messages(User reader, String thread) {
        List<String> ids = new ArrayList<>();
        service.get(reader, "/chat/threads/" + thread + "/messages")
                .json()
                .path("value")
                .forEach(m -> ids.add(m.path("id").asText()));
        return ids;
    }

    private static String sharing(User user, String time) {
        return "{\"communicationIdentifier\":" + TestService.identifier(user) + ",\"displayName\":\"N\","
                + "\"shareHistoryTime\":\"" + time + "\",\"metadata\":{\"k\":\"v\"}}";
    }

    @Test
    void participants_are_listed_in_order_of_joining_page_by_page() {
        User alice = service.user();
        User bob = service.user();
        User carol = service.user();
        String thread = service.thread(alice, carol);
        Answer added = add(alice, thread, sharing(bob, "2026-01-02T03:04:05.678Z"));
        assertThat(added.status()).isEqualTo(201);
        assertThat(added.body()).isEqualTo("{}");

        List<JsonNode> seen = new ArrayList<>();
        String link = "/chat/threads/" + thread + "/participants?maxPageSize=1&skip=0";
        int pages = 0;
        while (link != null) {
            Answer page = service.get(alice, link);
            page.json().path("value").forEach(seen::add);
            link = page.text("nextLink");
            pages++;
        }

        assertThat(pages).as("a full last page has no link").isEqualTo(3);
        assertThat(seen.stream().map(m -> m.at("/communicationIdentifier/rawId").asText()))
                .containsExactly(alice.id(), carol.id(), bob.id());
        JsonNode last = seen.get(2);
        assertThat(last.path("shareHistoryTime").asText()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(last.path("displayName").asText()).isEqualTo("N");
        assertThat(last.at("/metadata/k").asText()).isEqualTo("v");
        assertThat(service.get(alice, "/chat/threads/" + thread + "/participants?skip=2&maxPageSize=0")
                        .json()
                        .path("value"))
                .hasSize(1);
    }

    @Test
    void add_writes_one_system_message_with_all_participants() {
        User alice = service.user();
        User bob = service.user();
        User carol = service.user();
        String thread = service.thread(alice);

        add(alice, thread, TestService.participant(bob) + "," + TestService.participant(carol));

        JsonNode newest = service.get(alice, "/chat/threads/" + thread + "/messages")
                .json()
                .at("/value/0");
        assertThat(newest.path("type").asText()).isEqualTo("participantAdded");
        assertThat(newest.path("sequenceId").asText()).isEqualTo("3");
        assertThat(newest.at("/content/participants")).hasSize(2);
        assertThat(newest.at("/content/initiatorCommunicationIdentifier/rawId").asText())
                .isEqualTo(alice.id());
        assertThat(messages(bob, thread)).hasSize(3);
        int before = messages(alice, thread).size();
        assertThat(add(alice, thread, TestService.participant(bob)).body()).isEqualTo("{}");
        assertThat(messages(alice, thread)).hasSize(before);
    }

    @Test
    void failures_of_an_add_name_the_id_of_the_request() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice);

        Answer added = add(
                alice,
                thread,
                "{\"communicationIdentifier\":{\"rawId\":\"8:orgid:someone\"}}," + TestService.participant(bob));

        assertThat(added.status()).isEqualTo(201);
        assertThat(added.json().path("invalidParticipants")).hasSize(1);
        assertThat(added.text("invalidParticipants.0.target")).isEqualTo("8:orgid:someone");
        assertThat(added.text("invalidParticipants.0.code")).isEqualTo("403");
        assertThat(service.get(bob, "/chat/threads/" + thread).status()).isEqualTo(200);
    }

    @Test
    void history_before_share_history_time_is_hidden() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice);
        String hidden = service.message(alice, thread, "before");
        String seen = service.message(alice, thread, "after");
        add(
                alice,
                thread,
                sharing(bob, Instant.ofEpochMilli(Long.parseLong(seen)).toString()));

        assertThat(messages(bob, thread)).hasSize(2).endsWith(seen);
        String path = "/chat/threads/" + thread + "/messages/";
        assertThat(service.get(bob, path + hidden).status()).isEqualTo(404);
        assertThat(service.get(bob, path + seen).status()).isEqualTo(200);
        assertThat(service.get(bob, "/chat/threads/" + thread + "/messages?startTime=1970-01-01T00:00:00Z")
                        .json()
                        .path("value"))
                .hasSize(2);
        assertThat(service.post(
                                bob,
                                "/chat/threads/" + thread + "/readReceipts",
                                "{\"chatMessageId\":\"" + hidden + "\"}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void share_history_time_stays_within_the_year_9999() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice);
        service.message(alice, thread, "before");
        add(alice, thread, sharing(bob, "9999-12-31T23:59:59.9999999Z"));

        assertThat(service.get(alice, "/chat/threads/" + thread + "/participants")
                        .json()
                        .at("/value/1/shareHistoryTime")
                        .asText())
                .startsWith("9999-12-31T23:59:59");
        service.message(alice, thread, "after");
        assertThat(messages(bob, thread)).isEmpty();
    }

    @Test
    void removed_participant_reads_only_the_state_at_the_removal() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice, bob);
        String path = "/chat/threads/" + thread;
        String old = service.message(alice, thread, "old");
        String edited = service.message(alice, thread, "to be edited");
        assertThat(remove(alice, thread, bob).status()).isEqualTo(204);
        String later = service.message(alice, thread, "later");
        service.call(alice, "PATCH", path + "/messages/" + edited, "{\"content\":\"new content\"}");

        assertThat(messages(bob, thread)).contains(old).doesNotContain(later, edited);
        JsonNode newest = service.get(bob, path + "/messages").json().at("/value/0");
        assertThat(newest.path("type").asText()).isEqualTo("participantRemoved");
        assertThat(newest.at("/content/participants/0/communicationIdentifier/rawId")
                        .asText())
                .isEqualTo(bob.id());
        assertThat(service.get(bob, path + "/messages/" + old).status()).isEqualTo(200);
        for (String target : List.of(later, edited)) {
            assertThat(service.get(bob, path + "/messages/" + target).status()).isEqualTo(403);
        }
        assertThat(service.get(bob, path).status()).isEqualTo(403);
        assertThat(service.get(bob, path + "/participants").status()).isEqualTo(403);
        assertThat(service.get(bob, path + "/readReceipts").status()).isEqualTo(403);
        assertThat(service.post(bob, path + "/messages", "{\"content\":\"x\"}").status())
                .isEqualTo(403);
        assertThat(service.post(bob, path + "/typing", null).status()).isEqualTo(403);
        assertThat(service.call(bob, "PATCH", path, "{\"topic\":\"x\"}").status())
                .isEqualTo(403);
        assertThat(service.get(bob, "/chat/threads").json().path("value")).isEmpty();
        add(alice, thread, TestService.participant(bob));
        assertThat(messages(bob, thread)).contains(old, edited, later);
    }

    @Test
    void removing_a_non_participant_is_no_error() {
        User alice = service.user();
        User bob = service.user();
        String thread = service.thread(alice, bob);

        assertThat(remove(bob, thread, bob).status()).isEqualTo(204);
        List<String> before = messages(alice, thread);
        assertThat(remove(alice, thread, bob).status()).isEqualTo(204);
        assertThat(remove(alice, thread, service.user()).status()).isEqualTo(204);

        assertThat(messages(alice, thread)).isEqualTo(before).hasSize(3);
    }

    @Test
    void call_is_limited_to_200_participants_and_thread_to_250() {
        User alice = service.user();
        String thread = service.thread(alice);
        List<String> users = IntStream.range(0, 250)
                .mapToObj(i -> service.signed("POST", "/identities", null).text("identity.id"))
                .map(id -> "{\"communicationIdentifier\":{\"rawId\":\"" + id + "\"}}")
                .collect(Collectors.toList());

        assertThat(add(alice, thread, String.join(",", users.subList(0, 201))).status())
                .isEqualTo(400);
        assertThat(add(alice, thread, String.join(",", users.subList(0, 200))).status())
                .isEqualTo(201);
        Answer tooMany = add(alice, thread, String.join(",", users.subList(200, 250)));
        assertThat(tooMany.status()).isEqualTo(400);
        assertThat(tooMany.text("error.message")).isEqualTo("participants: 251 in the thread (expected: at most 250)");
        assertThat(add(alice, thread, String.join(",", users.subList(200, 249))).status())
                .isEqualTo(201);
    }
}
