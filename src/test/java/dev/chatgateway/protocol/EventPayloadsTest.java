package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadProperties;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Payloads have the fields and formats of the official client's events. */
class EventPayloadsTest {
    private static final String THREAD = "19:t@thread.v2";
    private static final String ALICE = "8:acs:r_alice";
    private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");

    @Test
    void message_payloads() {
        assertThat(json(new ChatEvent.MessageReceived(THREAD, message(null, null))))
                .isEqualTo(new JsonObject("""
                        {"threadId":"19:t@thread.v2","sender":{"kind":"communicationUser","communicationUserId":"8:acs:r_alice"},
                         "senderDisplayName":"Alice","id":"1769860800000","createdOn":"2026-01-31T12:00:00.000Z",
                         "version":"1769860800001","type":"RichText/Html","message":"<b>hi</b>","metadata":{"k":"v"},
                         "attachments":[{"id":"1","attachmentType":"image"}]}"""));
        assertThat(json(new ChatEvent.MessageEdited(THREAD, message(AT.plusMillis(7), null)))
                        .getMap())
                .containsEntry("editedOn", "2026-01-31T12:00:00.007Z")
                .containsEntry("message", "<b>hi</b>");
        assertThat(json(new ChatEvent.MessageDeleted(THREAD, message(null, AT))).fieldNames())
                .containsExactlyInAnyOrder(
                        "threadId", "sender", "senderDisplayName", "id", "createdOn", "version", "type", "deletedOn");
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01T00:00:00Z, 1970-01-01T00:00:00.000Z",
        "2024-02-29T23:59:59.999999999Z, 2024-02-29T23:59:59.999Z",
        "2026-10-09T08:07:06.005Z, 2026-10-09T08:07:06.005Z",
        "9999-12-31T23:59:59.999Z, 9999-12-31T23:59:59.999Z",
        "+10000-01-01T00:00:00Z, +10000-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59.010Z, 1969-12-31T23:59:59.010Z",
        "0001-01-01T00:00:00Z, 0001-01-01T00:00:00.000Z",
    })
    void time_is_written_in_utc_with_milliseconds(Instant time, String text) {
        assertThat(EventPayloads.time(time)).isEqualTo(text);
    }

    @Test
    void typing_and_receipt_payloads() {
        assertThat(json(new ChatEvent.TypingIndicator(THREAD, ALICE, "Alice", AT))
                        .fieldNames())
                .containsExactlyInAnyOrder("threadId", "sender", "senderDisplayName", "version", "receivedOn");
        assertThat(json(new ChatEvent.ReceiptMoved(THREAD, new ReadReceipt(ALICE, "17", AT)))
                        .getMap())
                .containsEntry("chatMessageId", "17")
                .containsEntry("senderDisplayName", "")
                .containsEntry("readOn", "2026-01-31T12:00:00.000Z");
    }

    @Test
    void thread_payloads() {
        ThreadProperties properties = new ThreadProperties(THREAD, "Tea", AT, ALICE, null, Map.of("a", "b"), 40);
        Participant alice = new Participant(ALICE, "Alice", Instant.EPOCH, Map.of());
        JsonObject created = json(new ChatEvent.ThreadCreated(properties, 5, List.of(alice)));
        assertThat(created.getJsonObject("properties").encode())
                .isEqualTo("{\"topic\":\"Tea\",\"metadata\":{\"a\":\"b\"}}");
        assertThat(created.getJsonObject("retentionPolicy").encode())
                .isEqualTo("{\"kind\":\"threadCreationDate\",\"deleteThreadAfterDays\":40}");
        assertThat(created.getJsonObject("createdBy").getString("displayName")).isEqualTo("Alice");
        assertThat(created.getJsonArray("participants").getJsonObject(0).getString("shareHistoryTime"))
                .isEqualTo("1970-01-01T00:00:00.000Z");
        assertThat(json(new ChatEvent.PropertiesUpdated(properties, 6, AT, ALICE))
                        .getMap())
                .containsEntry("version", "6")
                .containsEntry("updatedOn", "2026-01-31T12:00:00.000Z");
        assertThat(json(new ChatEvent.ThreadDeleted(THREAD, AT, null, true)).getMap())
                .containsEntry("reason", "deletedByPolicy")
                .containsEntry("deletedBy", null);
        assertThat(json(new ChatEvent.ParticipantsAdded(THREAD, 7, AT, ALICE, List.of(alice)))
                        .fieldNames())
                .containsExactlyInAnyOrder("threadId", "version", "addedOn", "addedBy", "participantsAdded");
        assertThat(json(new ChatEvent.ParticipantsRemoved(THREAD, 7, AT, ALICE, List.of(alice)))
                        .fieldNames())
                .containsExactlyInAnyOrder("threadId", "version", "removedOn", "removedBy", "participantsRemoved");
        assertThat(EventPayloads.restProperties(properties).encode())
                .isEqualTo("{\"id\":\"19:t@thread.v2\",\"topic\":\"Tea\",\"createdOn\":\"2026-01-31T12:00:00.000Z\","
                        + "\"createdByCommunicationIdentifier\":{\"rawId\":\"8:acs:r_alice\",\"communicationUser\":{\"id\":"
                        + "\"8:acs:r_alice\"}},\"metadata\":{\"a\":\"b\"},\"retentionPolicy\":{\"kind\":"
                        + "\"threadCreationDate\",\"deleteThreadAfterDays\":40}}");
    }

    @Test
    void prefix_of_a_raw_id_decides_its_kind() {
        Map<String, String> kinds = Map.ofEntries(
                Map.entry("8:acs:r_u", "communicationUser"),
                Map.entry("8:gcch-acs:r_u", "communicationUser"),
                Map.entry("8:spool:x", "communicationUser"),
                Map.entry("8:acs:r_t_u", "teamsExtensionUser"),
                Map.entry("8:orgid:x", "microsoftTeamsUser"),
                Map.entry("8:teamsvisitor:x", "microsoftTeamsUser"),
                Map.entry("28:dod:x", "microsoftTeamsApp"),
                Map.entry("4:+15551234", "phoneNumber"),
                Map.entry("8:other:x", "unknown"),
                Map.entry("48:starred", "unknown"),
                Map.entry("", "unknown"));
        kinds.forEach(
                (raw, kind) -> assertThat(CommunicationIdentifiers.kind(raw).getString("kind"))
                        .as(raw)
                        .isEqualTo(kind));
        assertThat(CommunicationIdentifiers.kind("8:teamsvisitor:x").encode())
                .isEqualTo("{\"kind\":\"microsoftTeamsUser\",\"rawId\":\"8:teamsvisitor:x\","
                        + "\"microsoftTeamsUserId\":\"x\",\"isAnonymous\":true}");
        assertThat(CommunicationIdentifiers.model("4:+1").encode())
                .isEqualTo("{\"rawId\":\"4:+1\",\"phoneNumber\":{\"value\":\"+1\"}}");
    }

    private static JsonObject json(ChatEvent event) {
        return EventPayloads.params(event);
    }

    private static ChatMessage message(@Nullable Instant edited, @Nullable Instant deleted) {
        return new ChatMessage(
                "1769860800000",
                1_769_860_800_001L,
                MessageType.HTML,
                AT,
                ALICE,
                "Alice",
                "<b>hi</b>",
                null,
                List.of(),
                null,
                "[{\"id\":\"1\",\"attachmentType\":\"image\"}]",
                edited,
                deleted,
                Map.of("k", "v", "chatgateway.clientMessageId", "17"));
    }
}
