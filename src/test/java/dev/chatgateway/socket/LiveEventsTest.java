package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events of subscribers, for writes through the gateway and by other clients of the service. */
class LiveEventsTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("poll.warmMs", "900")
            .with("poll.coldMs", "900")
            .with("poll.receiptsMs", "1000");

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("Lunch", ben);

    @Test
    void two_clients_chat() {
        try (ChatSocket a = subscribed(ann);
                ChatSocket b = subscribed(ben)) {
            String id = a.call("sendMessage", on().put("content", "Pizza?").put("senderDisplayName", "Ann"))
                    .getString("id");
            JsonObject received = b.event("chatMessageReceived", e -> id.equals(e.getString("id")));
            assertThat(received.getString("message")).isEqualTo("Pizza?");
            assertThat(received.getString("type")).isEqualTo("Text");
            assertThat(received.getString("senderDisplayName")).isEqualTo("Ann");
            assertThat(received.getJsonObject("sender").getString("communicationUserId"))
                    .isEqualTo(ann.id());
            assertThat(received.getString("cursor")).hasSizeLessThan(200);
            assertThat(received.containsKey("recipient")).isFalse();
            a.event("chatMessageReceived", e -> id.equals(e.getString("id")));

            a.call("updateMessage", on().put("messageId", id).put("content", "Pasta?"));
            assertThat(b.event("chatMessageEdited", e -> id.equals(e.getString("id")))
                            .getString("message"))
                    .isEqualTo("Pasta?");
            b.call("sendTypingNotification", on().put("senderDisplayName", "Ben"));
            assertThat(a.event("typingIndicatorReceived", e -> true)
                            .getJsonObject("sender")
                            .getString("communicationUserId"))
                    .isEqualTo(ben.id());
            b.call("sendReadReceipt", on().put("chatMessageId", id));
            assertThat(a.event("readReceiptReceived", e -> id.equals(e.getString("chatMessageId")))
                            .getString("readOn"))
                    .isNotNull();
            a.call("deleteMessage", on().put("messageId", id));
            assertThat(b.event("chatMessageDeleted", e -> id.equals(e.getString("id")))
                            .containsKey("message"))
                    .isFalse();
            a.call("updateProperties", on().put("topic", "Dinner"));
            assertThat(b.event("chatThreadPropertiesUpdated", e -> true)
                            .getJsonObject("properties")
                            .getString("topic"))
                    .isEqualTo("Dinner");
        }
    }

    @Test
    void message_of_another_client_arrives_by_polling() {
        try (ChatSocket a = subscribed(ann)) {
            String id = ben.send(thread, "Straight to the service");
            assertThat(a.event("chatMessageReceived", e -> id.equals(e.getString("id")))
                            .getString("message"))
                    .isEqualTo("Straight to the service");
        }
    }

    @Test
    void messages_arrive_in_order_once_and_with_consecutive_numbers() {
        try (ChatSocket a = subscribed(ann);
                ChatSocket b = subscribed(ben)) {
            for (int i = 0; i < 9; i++) {
                (i % 3 == 0 ? ben : ann).send(thread, "m" + i);
            }
            for (ChatSocket socket : List.of(a, b)) {
                socket.event("chatMessageReceived", e -> "m8".equals(e.getString("message")));
                List<JsonObject> events = socket.events("chatMessageReceived");
                assertThat(events.stream().map(e -> e.getString("message")))
                        .containsExactly("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8");
                for (int i = 1; i < events.size(); i++) {
                    assertThat(events.get(i).getLong("seq"))
                            .isEqualTo(events.get(i - 1).getLong("seq") + 1);
                }
            }
        }
    }

    @Test
    void removed_participant_gets_no_more_events() {
        try (ChatSocket a = subscribed(ann);
                ChatSocket b = subscribed(ben)) {
            a.call("removeParticipant", on().put("communicationIdentifier", ben.identifier()));
            assertThat(b.event("unsubscribed", e -> true).getString("reason")).isEqualTo("removed");
            String id = a.call("sendMessage", on().put("content", "He is gone")).getString("id");
            a.event("chatMessageReceived", e -> id.equals(e.getString("id")));
            assertThat(b.events("chatMessageReceived")).noneMatch(e -> id.equals(e.getString("id")));
            assertThat(b.refused("subscribe", on()).getInteger("code")).isEqualTo(403);
        }
    }

    @Test
    void removed_only_subscriber_is_notified() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket b = subscribed(ben)) {
            a.call("removeParticipant", on().put("communicationIdentifier", ben.identifier()));
            assertThat(b.event("unsubscribed", e -> true).getString("reason")).isEqualTo("removed");
        }
    }

    @Test
    void added_participant_sees_nothing_before_its_history_time() {
        ServiceUser cleo = ServiceUser.create(GATEWAY);
        String before = ann.send(thread, "Not for Cleo");
        try (ChatSocket a = subscribed(ann)) {
            JsonObject participant = cleo.participant()
                    .put("shareHistoryTime", Instant.now().plusMillis(1).toString());
            a.call("addParticipants", on().put("participants", new JsonArray().add(participant)));
            a.event("participantsAdded", e -> e.encode().contains(cleo.id()));
            try (ChatSocket c = ChatSocket.signIn(GATEWAY, cleo)) {
                JsonObject reply = c.call("subscribe", on().put("limit", 50));
                assertThat(reply.getJsonArray("messages").encode()).doesNotContain("Not for Cleo");
                a.call("updateMessage", on().put("messageId", before).put("content", "Still not"));
                a.event("chatMessageEdited", e -> before.equals(e.getString("id")));
                String after = a.call("sendMessage", on().put("content", "For Cleo too"))
                        .getString("id");
                c.event("chatMessageReceived", e -> after.equals(e.getString("id")));
                assertThat(c.received().toString()).doesNotContain(before).doesNotContain("Still not");
            }
        }
    }

    @Test
    void participant_without_history_access_gets_no_event() {
        ServiceUser cleo = ServiceUser.create(GATEWAY);
        String before = ann.send(thread, "Before");
        try (ChatSocket a = subscribed(ann)) {
            JsonObject participant = cleo.participant().put("shareHistoryTime", "9999-12-31T23:59:59.9999999Z");
            // By another client, in the format of the .NET client.
            ann.call(
                    "POST",
                    ServiceUser.thread(thread) + "/participants/:add",
                    new JsonObject().put("participants", new JsonArray().add(participant)));
            a.event("participantsAdded", e -> e.encode().contains(cleo.id()));
            try (ChatSocket c = ChatSocket.signIn(GATEWAY, cleo)) {
                JsonObject reply = c.call("subscribe", on().put("limit", 50));
                assertThat(reply.getJsonArray("messages")).isEmpty();
                a.call("updateMessage", on().put("messageId", before).put("content", "Changed"));
                a.event("chatMessageEdited", e -> before.equals(e.getString("id")));
                String after =
                        a.call("sendMessage", on().put("content", "After")).getString("id");
                a.event("chatMessageReceived", e -> after.equals(e.getString("id")));
                // The reply follows everything that the event loop sent before it.
                c.call("listMessages", on());
                assertThat(c.events("chatMessageEdited")).isEmpty();
                assertThat(c.events("chatMessageReceived")).isEmpty();
            }
        }
    }

    @Test
    void deleted_thread_ends_its_subscriptions() {
        try (ChatSocket a = subscribed(ann);
                ChatSocket b = subscribed(ben)) {
            a.call("deleteChatThread", on());
            b.event("chatThreadDeleted", e -> thread.equals(e.getString("threadId")));
            assertThat(b.event("unsubscribed", e -> true).getString("reason")).isEqualTo("threadDeleted");
        }
    }

    @Test
    void event_mask_excludes_other_groups() {
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket b = subscribed(ben)) {
            a.call("subscribe", on().put("events", new JsonArray().add("typing")));
            String id = b.call("sendMessage", on().put("content", "Hm")).getString("id");
            b.event("chatMessageReceived", e -> id.equals(e.getString("id")));
            b.call("sendTypingNotification", on());
            a.event("typingIndicatorReceived", e -> true);
            assertThat(a.events("chatMessageReceived")).isEmpty();
        }
    }

    @Test
    void snapshot_and_events_have_no_gap_or_repeat_during_writes() {
        Set<String> sent = new HashSet<>();
        try (ChatSocket writer = subscribed(ben);
                ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            for (int i = 0; i < 3; i++) {
                sent.add(
                        writer.call("sendMessage", on().put("content", "w" + i)).getString("id"));
            }
            JsonObject reply = a.call("subscribe", on().put("limit", 100));
            for (int i = 3; i < 6; i++) {
                sent.add(
                        writer.call("sendMessage", on().put("content", "w" + i)).getString("id"));
            }
            a.event("chatMessageReceived", e -> "w5".equals(e.getString("message")));
            Set<String> seen = new HashSet<>();
            reply.getJsonArray("messages").stream()
                    .map(m -> ((JsonObject) m))
                    .filter(m -> "text".equals(m.getString("type")))
                    .forEach(m -> assertThat(seen.add(m.getString("id"))).isTrue());
            a.events("chatMessageReceived")
                    .forEach(e -> assertThat(seen.add(e.getString("id"))).isTrue());
            assertThat(seen).isEqualTo(sent);
        }
    }

    private ChatSocket subscribed(ServiceUser user) {
        ChatSocket socket = ChatSocket.signIn(GATEWAY, user);
        socket.call("subscribe", on());
        return socket;
    }

    private JsonObject on() {
        return new JsonObject().put("threadId", thread);
    }
}
