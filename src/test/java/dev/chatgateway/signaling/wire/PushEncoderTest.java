package dev.chatgateway.signaling.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadProperties;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PushEncoderTest {
    private static final String THREAD = "19:acsV1_a@thread.v2";
    private static final String ANN = "8:acs:r_ann";
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");

    @Test
    void packet_holds_the_event_as_a_json_string() {
        ChatMessage message = message("say \"\u2603\" \\ %41\n", null);
        Push push = new Push(PushEncoder.encode(new ChatEvent.MessageReceived(THREAD, message)), 7, 0);
        String packet =
                new String(push.packet(new Push.Address("https://h:1/p/e/", "8:acs:r_ben")), StandardCharsets.UTF_8);
        assertThat(packet).startsWith("3:::{\"id\":7,");
        JsonObject json = new JsonObject(packet.substring(4));
        assertThat(json.getString("url")).isEqualTo("https://h:1/p/e/chatMessageReceived");
        JsonObject body = new JsonObject(json.getString("body"));
        assertThat(body)
                .isEqualTo(new JsonObject()
                        .put("recipientId", "8:acs:r_ben")
                        .put("recipientMri", "8:acs:r_ben")
                        .put("eventId", 200)
                        .put("senderId", ANN)
                        .put("groupId", THREAD)
                        .put("messageId", "1767323045678")
                        .put("messageType", "Text")
                        .put("senderDisplayName", "Ann")
                        .put("originalArrivalTime", "2026-01-02T03:04:05.678Z")
                        .put("version", "1767323045678")
                        .put("messageBody", "say \"\u2603\" \\ %41\n")
                        .put("acsChatMessageMetadata", "{\"k\":\"v\"}")
                        .put("attachments", "[{\"id\":\"i\"}]"));
    }

    @Test
    void edit_without_a_time_has_that_of_its_version() {
        JsonObject edited = PushEncoder.fields(new ChatEvent.MessageEdited(THREAD, message("x", null)));
        assertThat(edited.getInteger("eventId")).isEqualTo(247);
        assertThat(edited.getString("edittime")).isEqualTo("2026-01-02T03:04:05.678Z");
    }

    @Test
    void deleted_message_has_no_content() {
        JsonObject deleted = PushEncoder.fields(new ChatEvent.MessageDeleted(THREAD, message(null, TIME)));
        assertThat(deleted.getInteger("eventId")).isEqualTo(248);
        assertThat(deleted.getString("deletetime")).isEqualTo("2026-01-02T03:04:05.678Z");
        assertThat(deleted.containsKey("messageBody")).isFalse();
    }

    @Test
    void receipt_names_its_time_in_the_horizon() {
        JsonObject read =
                PushEncoder.fields(new ChatEvent.ReceiptMoved(THREAD, new ReadReceipt(ANN, "1767323045000", TIME)));
        assertThat(read.getInteger("eventId")).isEqualTo(246);
        assertThat(read.getString("messageId")).isEqualTo("1767323045000");
        assertThat(new JsonObject(read.getString("messageBody")).getString("consumptionhorizon"))
                .isEqualTo("1767323045000;1767323045678;0");
    }

    @Test
    void receipt_is_not_older_than_its_message() {
        Instant second = Instant.parse("2026-01-02T03:04:05Z");
        JsonObject read =
                PushEncoder.fields(new ChatEvent.ReceiptMoved(THREAD, new ReadReceipt(ANN, "1767323045137", second)));
        assertThat(new JsonObject(read.getString("messageBody")).getString("consumptionhorizon"))
                .isEqualTo("1767323045137;1767323045137;0");
    }

    @Test
    void percent_signs_of_thread_events_survive_unescape() {
        ThreadProperties properties = new ThreadProperties(THREAD, "100 % %41", TIME, ANN, null, Map.of("m", "%"), 90);
        Participant ann = new Participant(ANN, "A%", TIME, Map.of("chatgateway.x", "hidden", "r", "50%"));
        JsonObject created = PushEncoder.fields(new ChatEvent.ThreadCreated(properties, 5, List.of(ann)));
        JsonObject shown = new JsonObject(created.getString("properties").replace("%25", "%"));
        assertThat(created.getString("properties")).contains("100 %25 %2541");
        assertThat(shown.getString("topic")).isEqualTo("100 % %41");
        assertThat(new JsonObject(shown.getString("retentionPolicy")).getString("executeAfter"))
                .isEqualTo("90.00:00:00");
        JsonObject member = new JsonArray(created.getString("members").replace("%25", "%")).getJsonObject(0);
        assertThat(member.getString("displayName")).isEqualTo("A%");
        assertThat(member.getString("memberMetaData")).isEqualTo("{\"r\":\"50%\"}");
    }

    @Test
    void unknown_actor_is_still_readable() {
        JsonObject removed = PushEncoder.fields(new ChatEvent.ParticipantsRemoved(THREAD, 5, TIME, null, List.of()));
        assertThat(new JsonObject(removed.getString("removedBy")).getString("participantId"))
                .isEmpty();
        assertThat(removed.getString("senderId")).isEmpty();
    }

    @Test
    void deletion_by_policy_names_nobody() {
        JsonObject deleted = PushEncoder.fields(new ChatEvent.ThreadDeleted(THREAD, TIME, null, true));
        assertThat(deleted.getString("reason")).isEqualTo("deletedByPolicy");
        assertThat(deleted.containsKey("deletedBy")).isFalse();
    }

    private static ChatMessage message(String text, Instant deletedOn) {
        return new ChatMessage(
                "1767323045678",
                1767323045678L,
                MessageType.TEXT,
                TIME,
                ANN,
                "Ann",
                text,
                null,
                List.of(),
                null,
                "[{\"id\":\"i\"}]",
                null,
                deletedOn,
                Map.of("k", "v", "chatgateway.clientMessageId", "hidden"));
    }
}
