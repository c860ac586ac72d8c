package dev.chatgateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Reading what the service sends, and what it should not send. */
class WireModelsTest {
    @Test
    void times_have_up_to_nine_digits_and_any_offset() {
        Instant expected = Instant.parse("2026-01-31T12:00:00.123Z");
        for (String text : new String[] {
            "2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00.1230000Z", "2026-01-31T13:00:00.123000000+01:00"
        }) {
            assertThat(WireModels.time(new JsonObject().put("t", text), "t")).contains(expected);
        }
        assertThat(WireModels.time(new JsonObject().put("t", "2026-01-31T12:00:00Z"), "t"))
                .contains(Instant.parse("2026-01-31T12:00:00Z"));
        assertThat(WireModels.time(new JsonObject().put("t", "today"), "t")).isEmpty();
        assertThat(WireModels.time(new JsonObject().put("t", 7), "t")).isEmpty();
    }

    @Test
    void a_message_that_lacks_nearly_everything_is_still_a_message() {
        ChatMessage message = WireModels.message(
                        new JsonObject("{\"id\":\"1700000000001\",\"type\":\"text\",\"content\":null}"))
                .orElseThrow();
        assertThat(message.version()).isEqualTo(1700000000001L);
        assertThat(message.createdOn()).isEqualTo(Instant.ofEpochMilli(1700000000001L));
        assertThat(message.text()).isEmpty();
        assertThat(message.senderId()).isNull();
        assertThat(message.senderDisplayName()).isEmpty();
        assertThat(message.metadata()).isEmpty();
    }

    @Test
    void deleted_message_has_an_empty_text_and_no_edited_on() {
        ChatMessage message = WireModels.message(new JsonObject("""
                {"id":"1700000000001","type":"text","sequenceId":"4","version":"1700000009001",
                 "content":{"message":"","attachments":[]},"createdOn":"2023-11-14T22:13:20Z",
                 "deletedOn":"2023-11-14T22:13:29Z"}""")).orElseThrow();
        assertThat(message.deleted()).isTrue();
        assertThat(message.edited()).isFalse();
        assertThat(message.text()).isNull();
        assertThat(message.attachments()).isNull();
        assertThat(message.senderDisplayName()).isEmpty();
        assertThat(message.createdOn()).isEqualTo(Instant.parse("2023-11-14T22:13:20Z"));
    }

    @Test
    void message_is_deleted_whatever_its_deleted_on_says() {
        ChatMessage message = WireModels.message(new JsonObject(
                        "{\"id\":\"1\",\"version\":\"5\",\"type\":\"text\",\"deletedOn\":\"yesterday\"}"))
                .orElseThrow();
        assertThat(message.deletedOn()).isEqualTo(Instant.ofEpochMilli(5));
        assertThat(WireModels.threadItem(new JsonObject("{\"id\":\"t\",\"deletedOn\":\"x\"}")))
                .hasValueSatisfying(item -> assertThat(item.deleted()).isTrue());
    }

    @Test
    void empty_attachments_are_none() {
        ChatMessage message = WireModels.message(new JsonObject(
                        "{\"id\":\"1\",\"type\":\"text\",\"content\":{\"message\":\"x\",\"attachments\":[]}}"))
                .orElseThrow();
        assertThat(message.attachments()).isNull();
    }

    @Test
    void id_and_version_are_read_of_every_type() {
        JsonObject poll = new JsonObject("{\"id\":\"7\",\"type\":\"poll\",\"version\":\"9\"}");
        assertThat(WireModels.id(poll)).isEqualTo(7);
        assertThat(WireModels.version(poll)).isEqualTo(9);
        assertThat(WireModels.version(new JsonObject("{\"id\":\"7\"}"))).isEqualTo(7);
        assertThat(WireModels.id(new JsonObject("{\"id\":\"x\"}"))).isNegative();
        assertThat(WireModels.version(new JsonObject("{\"id\":\"7\",\"version\":\"-1\"}")))
                .isNegative();
    }

    @Test
    void what_can_not_be_a_message_is_left_out() {
        assertThat(WireModels.message(new JsonObject("{\"id\":\"1\",\"type\":\"poll\"}")))
                .isEmpty();
        assertThat(WireModels.message(new JsonObject("{\"id\":\"x\",\"type\":\"text\"}")))
                .isEmpty();
        assertThat(WireModels.message(new JsonObject("{\"id\":1,\"type\":\"text\"}")))
                .isEmpty();
        assertThat(WireModels.message(new JsonObject("{\"id\":\"1\",\"version\":\"-1\",\"type\":\"text\"}")))
                .isEmpty();
        assertThat(WireModels.message(new JsonObject("{\"id\":\"" + "9".repeat(40) + "\",\"type\":\"text\"}")))
                .isEmpty();
    }

    @Test
    void attachments_and_metadata_are_kept_but_not_the_gateways_own() {
        ChatMessage message = WireModels.message(new JsonObject("""
                {"id":"1","type":"html","version":"2","content":{"message":"x","attachments":[{"id":"a","attachmentType":"image"}]},
                 "metadata":{"k":"v","chatgateway.clientMessageId":"c","n":5}}""")).orElseThrow();
        assertThat(new JsonArray(message.attachments()))
                .isEqualTo(new JsonArray().add(new JsonObject().put("id", "a").put("attachmentType", "image")));
        assertThat(message.metadata()).isEqualTo(Map.of("k", "v"));
    }

    @Test
    void identifiers_are_read_by_raw_id_or_user() {
        assertThat(WireModels.userId(new JsonObject("{\"communicationUser\":{\"id\":\"8:acs:a\"}}")))
                .contains("8:acs:a");
        assertThat(WireModels.userId(new JsonObject("{\"rawId\":\"4:+1555\",\"phoneNumber\":{\"value\":\"+1555\"}}")))
                .contains("4:+1555");
        assertThat(WireModels.userId(new JsonObject("{\"communicationUser\":{}}")))
                .isEmpty();
        Participant participant = WireModels.participant(
                        new JsonObject("{\"communicationIdentifier\":{\"rawId\":\"8:acs:a\"}}"))
                .orElseThrow();
        assertThat(participant.shareHistoryTime()).isEqualTo(Instant.EPOCH);
        assertThat(participant.displayName()).isNull();
    }

    @Test
    void a_continuation_keeps_the_closed_list_of_parameters_and_their_values() {
        String link =
                "https://other.example/chat/threads/x/messages?syncState=a%2Fb%3D&startTime=1%2F1%2F1970%2012:00:00"
                        + "%20AM%20%2B00:00&maxPageSize=2&api-version=2021-01-01&access_token=z";
        String token =
                Continuation.after(new JsonObject().put("nextLink", link)).orElseThrow();
        assertThat(token).matches("[A-Za-z0-9_-]+");
        assertThat(Continuation.query(token))
                .isEqualTo(Map.of("syncState", "a/b=", "startTime", "1/1/1970 12:00:00 AM +00:00", "maxPageSize", "2"));
        assertThat(Continuation.after(new JsonObject())).isEqualTo(Optional.empty());
        assertThat(Continuation.after(new JsonObject().putNull("nextLink"))).isEmpty();
    }

    @Test
    void a_link_that_leads_nowhere_fails_instead_of_beginning_anew() {
        assertThatThrownBy(() -> Continuation.after(
                        new JsonObject().put("nextLink", "https://x/chat/threads?api-version=1&cursor=7")))
                .isInstanceOf(ChatServiceException.class);
        for (String forged : new String[] {"", "%", "Zm9v", "../..", "c3luY1N0YXRlPSUl", "A".repeat(10_000)}) {
            assertThatThrownBy(() -> Continuation.query(forged))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("continuationToken: not a token of the gateway");
        }
    }

    @Test
    void path_segments_are_encoded_once() {
        ChatCall call = ChatCall.of(ChatOperation.GET_MESSAGE, Tokens.of("a"), "19:x_-1@thread.v2", Priority.HISTORY)
                .message("a/../%2F ä?#");
        assertThat(RequestPath.of("/base", call, "v 1"))
                .isEqualTo("/base/chat/threads/19%3Ax_-1%40thread.v2/messages/a%2F..%2F%252F%20%C3%A4%3F%23"
                        + "?api-version=v%201");
    }
}
