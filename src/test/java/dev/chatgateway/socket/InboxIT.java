package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The inbox over WebSocket: list, subscribe, resume. */
class InboxIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("poll.digestMs", "1000");

    private static final JsonObject NOTHING = new JsonObject();

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);

    @Test
    void threads_are_newest_first_with_last_message_and_unread_count() {
        String quiet = ann.createThread("Quiet", ben);
        String busy = ann.createThread("Busy", ben);
        String first = ben.send(quiet, "one");
        ben.send(busy, "two");
        String last = ben.send(busy, "three");
        ann.send(busy, "four");
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            List<JsonObject> inbox = inbox(a, NOTHING);
            assertThat(inbox).extracting(t -> t.getString("threadId")).containsExactly(busy, quiet);
            assertThat(inbox).extracting(t -> t.getString("topic")).containsExactly("Busy", "Quiet");
            assertThat(inbox)
                    .as("own and system messages do not count")
                    .extracting(t -> t.getInteger("unreadCount"))
                    .containsExactly(2, 1);
            assertThat(text(inbox.get(0))).isEqualTo("four");
            assertThat(inbox.get(0).getValue("lastReadMessageId")).isNull();

            a.call("sendReadReceipt", new JsonObject().put("threadId", busy).put("chatMessageId", last));
            a.call("sendReadReceipt", new JsonObject().put("threadId", quiet).put("chatMessageId", first));
            List<JsonObject> read = inbox(a, NOTHING);
            assertThat(read).extracting(t -> t.getInteger("unreadCount")).containsExactly(0, 0);
            assertThat(read).extracting(t -> t.getString("lastReadMessageId")).containsExactly(last, first);
        }
    }

    @Test
    void pages_are_consecutive_and_invalid_fields_are_refused() {
        for (int i = 0; i < 3; i++) {
            ann.createThread("T" + i, ben);
        }
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject first = a.call("getInbox", new JsonObject().put("maxPageSize", 2));
            assertThat(first.getJsonArray("value")).hasSize(2);
            JsonObject second = a.call(
                    "getInbox",
                    new JsonObject()
                            .put("maxPageSize", 2)
                            .put("continuationToken", first.getString("continuationToken")));
            assertThat(second.getJsonArray("value")).hasSize(1);
            assertThat(a.refused("getInbox", new JsonObject().put("maxPageSize", 51))
                            .getString("message"))
                    .contains("maxPageSize: 51 (expected: 1 to 50)");
            assertThat(a.refused("subscribeInbox", new JsonObject().put("limit", 5))
                            .getString("message"))
                    .contains("limit: unknown field");
        }
    }

    @Test
    void unread_count_is_missing_where_receipts_are_not_kept() {
        ServiceUser[] many = new ServiceUser[20];
        for (int i = 0; i < many.length; i++) {
            many[i] = ServiceUser.create(GATEWAY);
        }
        String crowd = ann.createThread("Crowd", many);
        many[0].send(crowd, "hello");
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject entry = inbox(a, NOTHING).get(0);
            assertThat(text(entry)).isEqualTo("hello");
            assertThat(entry.containsKey("unreadCount")).isTrue();
            assertThat(entry.getValue("unreadCount")).isNull();
        }
    }

    @Test
    void receipt_sent_past_the_gateway_lowers_the_unread_count() {
        String thread = ann.createThread("Read elsewhere", ben);
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            a.call("subscribe", new JsonObject().put("threadId", thread));
            a.call("subscribeInbox", NOTHING);
            String id = ben.send(thread, "seen on another device");
            assertThat(a.event("inboxChanged", e -> "seen on another device".equals(text(e)))
                            .getInteger("unreadCount"))
                    .isEqualTo(1);

            ann.call("POST", ServiceUser.thread(thread) + "/readReceipts", new JsonObject().put("chatMessageId", id));
            a.event("inboxChanged", e -> thread.equals(e.getString("threadId")) && e.getInteger("unreadCount") == 0);
        }
    }

    @Test
    void inbox_reports_new_moved_and_left_threads() {
        String thread = ann.createThread("Watched", ben);
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject watched = a.call("subscribeInbox", NOTHING);
            assertThat(watched.getString("cursor")).hasSizeLessThan(200);
            assertThat(watched.getString("recovered")).isEqualTo("complete");
            assertThat(watched.getJsonObject("freshness").getString("source")).isEqualTo("digest");

            ben.send(thread, "past the gateway");
            JsonObject change = a.event("inboxChanged", e -> "past the gateway".equals(text(e)));
            assertThat(change.getString("threadId")).isEqualTo(thread);
            assertThat(change.getInteger("unreadCount")).isEqualTo(1);
            assertThat(change.getString("cursor")).isNotBlank();

            String later = ben.createThread("Later", ann);
            JsonObject created = a.event("chatThreadCreated", e -> later.equals(e.getString("threadId")));
            assertThat(created.getJsonObject("properties").getString("topic")).isEqualTo("Later");
            assertThat(created.getJsonArray("participants")).hasSize(2);
            a.event("inboxChanged", e -> later.equals(e.getString("threadId")));

            ben.call("DELETE", ServiceUser.thread(later), null);
            a.event(
                    "inboxChanged",
                    e -> later.equals(e.getString("threadId")) && "deleted".equals(e.getString("gone")));
            ben.call("POST", ServiceUser.thread(thread) + "/participants/:remove", ann.identifier());
            a.event(
                    "inboxChanged",
                    e -> thread.equals(e.getString("threadId")) && "removed".equals(e.getString("gone")));
            assertThat(a.call("ack", new JsonObject().put("cursor", change.getString("cursor"))))
                    .isEqualTo(NOTHING);
        }
    }

    @Test
    void own_writes_and_receipts_are_published_at_once_and_once() {
        String thread = ann.createThread("Both", ben);
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket b = ChatSocket.signIn(GATEWAY, ben)) {
            a.call("subscribeInbox", NOTHING);
            a.call("subscribe", new JsonObject().put("threadId", thread));
            String id = b.call(
                            "sendMessage",
                            new JsonObject().put("threadId", thread).put("content", "hi"))
                    .getString("id");
            a.event(
                    "inboxChanged",
                    e -> "hi".equals(text(e)) && Integer.valueOf(1).equals(e.getInteger("unreadCount")));
            a.call("sendReadReceipt", new JsonObject().put("threadId", thread).put("chatMessageId", id));
            a.event(
                    "inboxChanged",
                    e -> "hi".equals(text(e)) && Integer.valueOf(0).equals(e.getInteger("unreadCount")));
            b.call("sendMessage", new JsonObject().put("threadId", thread).put("content", "bye"));
            a.event("inboxChanged", e -> "bye".equals(text(e)));
            ben.send(thread, "end");
            a.event("inboxChanged", e -> "end".equals(text(e)));
            List<String> states = a.events("inboxChanged").stream()
                    .map(e -> text(e) + e.getInteger("unreadCount"))
                    .toList();
            for (int i = 1; i < states.size(); i++) {
                assertThat(states.get(i)).isNotEqualTo(states.get(i - 1));
            }
            a.call("unsubscribeInbox", NOTHING);
        }
    }

    @Test
    void cursor_resumes_or_asks_for_a_resync() {
        String first = ann.createThread("One", ben);
        String second = ann.createThread("Two", ben);
        String cursor;
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            a.call("subscribeInbox", NOTHING);
            ben.send(first, "seen");
            cursor = a.event("inboxChanged", e -> "seen".equals(text(e))).getString("cursor");
        }
        ben.send(second, "missed");
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject reply = a.call("subscribeInbox", new JsonObject().put("cursor", cursor));
            assertThat(reply.getString("recovered")).isEqualTo("complete");
            a.event("inboxChanged", e -> "missed".equals(text(e)));
        }
        ann.createThread("Three", ben);
        try (ChatSocket a = ChatSocket.signIn(GATEWAY, ann)) {
            JsonObject reply = a.call("subscribeInbox", new JsonObject().put("cursor", cursor));
            assertThat(reply.getString("recovered")).isEqualTo("resync");
            String tampered = (cursor.startsWith("A") ? "B" : "A") + cursor.substring(1);
            assertThat(a.refused("subscribeInbox", new JsonObject().put("cursor", tampered))
                            .getInteger("code"))
                    .isEqualTo(-32602);
        }
        try (ChatSocket b = ChatSocket.signIn(GATEWAY, ben)) {
            assertThat(b.refused("subscribeInbox", new JsonObject().put("cursor", cursor))
                            .getString("message"))
                    .contains("of another user");
        }
    }

    private static List<JsonObject> inbox(ChatSocket socket, JsonObject params) {
        JsonArray value = socket.call("getInbox", params).getJsonArray("value");
        return value.stream().map(JsonObject.class::cast).toList();
    }

    private static String text(JsonObject entry) {
        JsonObject message = entry.getJsonObject("lastMessage");
        JsonObject content = message == null ? null : message.getJsonObject("content");
        return content == null ? null : content.getString("message");
    }
}
