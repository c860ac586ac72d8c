package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Malformed ids, and the two forms of an error body. */
class MalformedIdsIT {
    private static final String NO_THREAD = "19:00000000000000000000000000000000@thread.v2";

    @RegisterExtension
    static final ServiceFixture FIXTURE = ServiceFixture.plain();

    private final TestService service = FIXTURE.memory();
    private User alice;
    private String path;

    @BeforeEach
    void prepare() {
        alice = service.user();
        path = "/chat/threads/" + service.thread(alice);
    }

    private static void badRequest(Answer answer, String message) {
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("BadRequest");
        assertThat(answer.text("error.message")).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8:acs:invalidUserId", "8:acs:someone_00000001-0000-0000-0000-000000000000", "bob", ""})
    void malformed_user_id_is_a_bad_request(String id) {
        String identifier = "{\"communicationUser\":{\"id\":\"" + id + "\"}}";
        String participants = "\"participants\":[{\"communicationIdentifier\":" + identifier + "}]";
        String message = "Identifier format is invalid (" + id + ").";

        badRequest(service.post(alice, "/chat/threads", "{\"topic\":\"x\"," + participants + "}"), message);
        badRequest(service.post(alice, path + "/participants/:add", "{" + participants + "}"), message);
        badRequest(service.post(alice, path + "/participants/:remove", identifier), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"4:+15550100", "8:orgid:11111111-1111-1111-1111-111111111111", "28:orgid:bot"})
    void id_of_another_kind_is_an_invalid_participant(String id) {
        Answer added = service.post(
                alice,
                path + "/participants/:add",
                "{\"participants\":[{\"communicationIdentifier\":{\"rawId\":\"" + id + "\"}}]}");

        assertThat(added.status()).isEqualTo(201);
        assertThat(added.json().at("/invalidParticipants/0/target").asText()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"invalid_chat_message_id", "0", "-1", "12345678901234567"})
    void malformed_message_id_is_a_bad_request(String id) {
        String message = "Value for MessageId (" + id + ") is not valid.";

        badRequest(service.get(alice, path + "/messages/" + id), message);
        badRequest(service.call(alice, "PATCH", path + "/messages/" + id, "{\"content\":\"x\"}"), message);
        badRequest(service.call(alice, "DELETE", path + "/messages/" + id, null), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"invalid_chat_thread_id", "19:@thread.v2", "20:abc@thread.v2", "19:abc@thread.v1"})
    void malformed_thread_id_is_a_bad_request(String id) {
        String malformed = "/chat/threads/" + id;
        List<Answer> answers = new ArrayList<>();
        for (String below : List.of("", "/messages", "/messages/1600000000000", "/participants", "/readReceipts")) {
            answers.add(service.get(alice, malformed + below));
        }
        answers.add(service.call(alice, "DELETE", malformed, null));
        answers.add(service.post(alice, malformed + "/typing", "{}"));

        for (Answer answer : answers) {
            badRequest(answer, "The thread id is not valid.");
        }
    }

    @Test
    void malformed_id_is_refused_after_the_token() {
        User nobody = new User("", "x");

        assertThat(service.get(nobody, "/chat/threads/invalid_chat_thread_id").status())
                .isEqualTo(401);
    }

    @Test
    void unknown_thread_is_not_found() {
        Answer answer = service.get(alice, "/chat/threads/" + NO_THREAD);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.code()).isEqualTo("NotFound");
        assertThat(answer.text("error.message")).isEqualTo("The specified thread id was not found.");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2020-11-01-preview3", "2021-03-07", "2021-09-07"})
    void chat_version_of_2021_has_its_own_error_form(String version) {
        JsonNode unknown = service.get(alice, "/chat/threads/" + NO_THREAD + "?api-version=" + version)
                .json();
        JsonNode malformed = service.get(alice, "/chat/threads/invalid_chat_thread_id?api-version=" + version)
                .json();

        assertThat(unknown)
                .hasToString("{\"CommunicationError\":{\"Code\":\"NotFound\","
                        + "\"Message\":\"The specified thread id was not found.\",\"Details\":[]}}");
        assertThat(malformed).hasToString("{\"CommunicationError\":{\"Code\":\"BadRequest\",\"Details\":[]}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2023-11-07", "2024-03-15-preview", "2025-03-15"})
    void later_chat_version_has_the_current_error_form(String version) {
        Answer answer = service.get(alice, "/chat/threads/" + NO_THREAD + "?api-version=" + version);

        assertThat(answer.code()).isEqualTo("NotFound");
        assertThat(answer.json().size()).isEqualTo(1);
    }

    @Test
    void identity_version_of_2021_has_the_current_error_form() {
        Answer answer = service.signed("DELETE", "/identities/someone?api-version=2021-03-07", null);

        assertThat(answer.code()).isEqualTo("IdentityNotOwned");
    }
}
