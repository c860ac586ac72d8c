package dev.chatgateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadProperties;
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

    private static Instant sharing(Object time) {
        return WireModels.participant(new JsonObject()
                        .put("communicationIdentifier", new JsonObject().put("rawId", "8:acs:a"))
                        .put("shareHistoryTime", time))
                .orElseThrow()
                .shareHistoryTime();
    }

    @Test
    void absent_share_history_time_shows_everything() {
        assertThat(sharing(null)).isEqualTo(Instant.EPOCH);
        assertThat(sharing("0001-01-01T00:00:00Z")).isEqualTo(Instant.EPOCH);
        assertThat(sharing("-999999999-01-01T00:00:00Z")).isEqualTo(Instant.EPOCH);
    }

    @Test
    void unreadable_share_history_time_shows_nothing() {
        Object[] unreadable = {
            "10000-01-01T00:00:00Z",
            "",
            "never",
            "2026-02-30T00:00:00Z",
            "2026-01-31",
            5,
            1.5,
            true,
            new JsonObject(),
            new JsonArray()
        };
        for (Object time : unreadable) {
            assertThat(sharing(time)).as(String.valueOf(time)).isEqualTo(WireModels.NEVER);
        }
    }

    @Test
    void share_history_time_is_rounded_up_within_the_year_9999() {
        assertThat(sharing("9999-12-31T23:59:59.9999999Z")).isEqualTo(WireModels.NEVER);
        assertThat(sharing("9999-12-31T23:59:59.999999999-18:00")).isEqualTo(WireModels.NEVER);
        assertThat(sharing("+999999999-12-31T23:59:59Z")).isEqualTo(WireModels.NEVER);
        assertThat(sharing("2026-01-31T12:00:00.1230001Z")).isEqualTo(Instant.parse("2026-01-31T12:00:00.124Z"));
        assertThat(sharing("2026-01-31T12:00:00.123Z")).isEqualTo(Instant.parse("2026-01-31T12:00:00.123Z"));
    }

    @Test
    void message_with_an_unreadable_version_is_left_out() {
        for (String version : new String[] {"5", "{}", "true", "\"x\"", "\"253402300800000\"", "\"\""}) {
            JsonObject json = new JsonObject("{\"id\":\"1\",\"type\":\"text\",\"version\":" + version + "}");
            assertThat(WireModels.message(json)).as(version).isEmpty();
            assertThat(WireModels.version(json)).as(version).isEqualTo(-1);
        }
    }

    @Test
    void unreadable_edited_on_says_that_it_was_edited() {
        ChatMessage message = WireModels.message(new JsonObject(
                        "{\"id\":\"1\",\"version\":\"5\",\"type\":\"text\",\"editedOn\":7,\"createdOn\":\"?\"}"))
                .orElseThrow();
        assertThat(message.editedOn()).isEqualTo(Instant.ofEpochMilli(5));
        assertThat(message.createdOn()).isEqualTo(Instant.ofEpochMilli(1));
        assertThat(message.deleted()).isFalse();
    }

    private static ThreadProperties properties(String fields) {
        return WireModels.properties(new JsonObject("{\"id\":\"t\"" + fields + "}"), Instant.ofEpochMilli(9))
                .orElseThrow();
    }

    @Test
    void thread_is_deleted_whatever_its_deleted_on_says() {
        assertThat(properties("").deletedOn()).isNull();
        assertThat(properties(",\"deletedOn\":null").deletedOn()).isNull();
        assertThat(properties(",\"deletedOn\":\"x\"").deletedOn()).isEqualTo(Instant.ofEpochMilli(9));
        assertThat(properties(",\"deletedOn\":3").deletedOn()).isEqualTo(Instant.ofEpochMilli(9));
        assertThat(properties(",\"createdOn\":\"x\"").createdOn()).isEqualTo(Instant.EPOCH);
    }

    @Test
    void retention_that_is_no_number_of_days_is_none() {
        assertThat(properties(",\"retentionPolicy\":{\"deleteThreadAfterDays\":30}")
                        .retentionDays())
                .isEqualTo(30);
        for (String days : new String[] {"0", "-1", "4294967297", "1.5", "1e300", "\"30\"", "null"}) {
            assertThat(properties(",\"retentionPolicy\":{\"deleteThreadAfterDays\":" + days + "}")
                            .retentionDays())
                    .as(days)
                    .isNull();
        }
    }

    @Test
    void unreadable_last_message_time_is_told_from_an_absent_one() {
        assertThat(moved("")).isZero();
        assertThat(moved(",\"lastMessageReceivedOn\":null")).isZero();
        assertThat(moved(",\"lastMessageReceivedOn\":\"x\"")).isEqualTo(ThreadPage.UNREADABLE);
        assertThat(moved(",\"lastMessageReceivedOn\":5")).isEqualTo(ThreadPage.UNREADABLE);
        assertThat(moved(",\"lastMessageReceivedOn\":\"+999999999-01-01T00:00:00Z\""))
                .isEqualTo(WireModels.NEVER.toEpochMilli());
    }

    private static long moved(String fields) {
        return WireModels.threadItem(new JsonObject("{\"id\":\"t\"" + fields + "}"))
                .orElseThrow()
                .movedAt();
    }

    @Test
    void receipt_that_lacks_or_garbles_anything_is_none() {
        String whole = "{\"senderCommunicationIdentifier\":{\"rawId\":\"8:acs:a\"},\"chatMessageId\":\"7\","
                + "\"readOn\":\"2026-01-31T12:00:00Z\"}";
        assertThat(WireModels.receipt(new JsonObject(whole))).isPresent();
        for (String field : new String[] {"senderCommunicationIdentifier", "chatMessageId", "readOn"}) {
            assertThat(WireModels.receipt(new JsonObject(whole).put(field, 5)))
                    .as(field)
                    .isEmpty();
        }
    }

    @Test
    void listing_that_is_none_fails_instead_of_being_empty() {
        assertThat(WireModels.values(new JsonObject(), WireModels::participant)).isEmpty();
        for (Object value : new Object[] {"x", 5, new JsonObject(), false}) {
            assertThatThrownBy(() -> WireModels.values(new JsonObject().put("value", value), WireModels::participant))
                    .isInstanceOf(ChatServiceException.class);
            assertThatThrownBy(() -> PageToken.after(new JsonObject().put("nextLink", value)))
                    .isInstanceOf(ChatServiceException.class);
        }
    }

    @Test
    void a_continuation_keeps_the_closed_list_of_parameters_and_their_values() {
        String link =
                "https://other.example/chat/threads/x/messages?syncState=a%2Fb%3D&startTime=1%2F1%2F1970%2012:00:00"
                        + "%20AM%20%2B00:00&maxPageSize=2&api-version=2021-01-01&access_token=z";
        String token =
                PageToken.after(new JsonObject().put("nextLink", link)).orElseThrow();
        assertThat(token).matches("[A-Za-z0-9_-]+");
        assertThat(PageToken.query(token))
                .isEqualTo(Map.of("syncState", "a/b=", "startTime", "1/1/1970 12:00:00 AM +00:00", "maxPageSize", "2"));
        assertThat(PageToken.after(new JsonObject())).isEqualTo(Optional.empty());
        assertThat(PageToken.after(new JsonObject().putNull("nextLink"))).isEmpty();
    }

    @Test
    void a_link_that_leads_nowhere_fails_instead_of_beginning_anew() {
        assertThatThrownBy(() -> PageToken.after(
                        new JsonObject().put("nextLink", "https://x/chat/threads?api-version=1&cursor=7")))
                .isInstanceOf(ChatServiceException.class);
        for (String forged : new String[] {"", "%", "Zm9v", "../..", "c3luY1N0YXRlPSUl", "A".repeat(10_000)}) {
            assertThatThrownBy(() -> PageToken.query(forged))
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
