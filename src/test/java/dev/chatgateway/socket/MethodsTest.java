package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each method of the protocol over a WebSocket, against the embedded service. */
class MethodsTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private ServiceUser ann;
    private ServiceUser ben;
    private ChatSocket socket;
    private String thread;

    @BeforeEach
    void signIn() {
        ann = ServiceUser.create(GATEWAY);
        ben = ServiceUser.create(GATEWAY);
        socket = ChatSocket.signIn(GATEWAY, ann);
        thread = socket.call(
                        "createChatThread",
                        new JsonObject()
                                .put("topic", "Lunch")
                                .put("participants", new JsonArray().add(ben.participant())))
                .getJsonObject("chatThread")
                .getString("id");
    }

    @AfterEach
    void close() {
        socket.close();
    }

    @Test
    void threads_are_created_listed_changed_and_deleted() {
        JsonObject created = socket.call(
                "createChatThread",
                new JsonObject()
                        .put("topic", "Plans")
                        .put("metadata", new JsonObject().put("k", "v"))
                        .put("retentionPolicy", new JsonObject().put("kind", "none"))
                        .put("repeatabilityRequestId", "r-1"));
        JsonObject again = socket.call(
                "createChatThread", new JsonObject().put("topic", "Plans").put("repeatabilityRequestId", "r-1"));
        String id = created.getJsonObject("chatThread").getString("id");
        assertThat(again.getJsonObject("chatThread").getString("id")).isEqualTo(id);
        assertThat(created.getJsonArray("invalidParticipants")).isEmpty();

        assertThat(socket.call("updateProperties", on(id).put("topic", "Plan B")))
                .isEmpty();
        assertThat(socket.call("getProperties", on(id))
                        .getJsonObject("chatThread")
                        .getString("topic"))
                .isEqualTo("Plan B");

        JsonObject page = socket.call("listChatThreads", new JsonObject().put("maxPageSize", 1));
        assertThat(page.getJsonArray("value")).hasSize(1);
        JsonObject next = socket.call(
                "listChatThreads", new JsonObject().put("continuationToken", page.getString("continuationToken")));
        assertThat(next.getJsonArray("value").getJsonObject(0).getString("id"))
                .isNotEqualTo(page.getJsonArray("value").getJsonObject(0).getString("id"));

        assertThat(socket.call("deleteChatThread", on(id))).isEmpty();
    }

    @Test
    void messages_are_sent_read_changed_and_deleted() {
        JsonObject sent = socket.call(
                "sendMessage",
                on(thread)
                        .put("content", "Hello")
                        .put("senderDisplayName", "Ann")
                        .put("metadata", new JsonObject().put("mood", "good")));
        JsonObject message = on(thread).put("messageId", sent.getString("id"));

        JsonObject read = socket.call("getMessage", message.copy()).getJsonObject("message");
        assertThat(read.getJsonObject("content").getString("message")).isEqualTo("Hello");
        assertThat(read.getJsonObject("metadata").getString("mood")).isEqualTo("good");

        assertThat(socket.call("updateMessage", message.copy().put("content", "Hi")))
                .isEmpty();
        JsonArray listed =
                socket.call("listMessages", on(thread).put("maxPageSize", 1)).getJsonArray("value");
        assertThat(listed.getJsonObject(0).getJsonObject("content").getString("message"))
                .isEqualTo("Hi");

        assertThat(socket.call("deleteMessage", message.copy())).isEmpty();
        assertThat(socket.call("getMessage", message.copy())
                        .getJsonObject("message")
                        .getString("deletedOn"))
                .isNotNull();
    }

    @Test
    void message_pages_lead_to_the_oldest_message() {
        for (int i = 0; i < 5; i++) {
            socket.call("sendMessage", on(thread).put("content", "m" + i));
        }
        JsonObject page = socket.call("listMessages", on(thread).put("maxPageSize", 2));
        int count = page.getJsonArray("value").size();
        while (page.getString("continuationToken") != null) {
            page = socket.call(
                    "listMessages", on(thread).put("continuationToken", page.getString("continuationToken")));
            count += page.getJsonArray("value").size();
        }
        assertThat(count).isEqualTo(7);
    }

    @Test
    void same_client_message_id_posts_once() {
        JsonObject request = on(thread).put("content", "Once").put("clientMessageId", "cm-1");

        JsonObject first = socket.call("sendMessage", request.copy());
        JsonObject second = socket.call("sendMessage", request.copy());

        assertThat(second.getString("id")).isEqualTo(first.getString("id"));
        assertThat(second.getString("clientMessageId")).isEqualTo("cm-1");
        long texts = ann.call("GET", ServiceUser.thread(thread) + "/messages", null).getJsonArray("value").stream()
                .filter(m -> "text".equals(((JsonObject) m).getString("type")))
                .count();
        assertThat(texts).isEqualTo(1);
    }

    @Test
    void participants_are_added_listed_and_removed() {
        ServiceUser cleo = ServiceUser.create(GATEWAY);

        assertThat(socket.call(
                                "addParticipants",
                                on(thread).put("participants", new JsonArray().add(cleo.participant())))
                        .getJsonArray("invalidParticipants"))
                .isEmpty();
        assertThat(socket.call("listParticipants", on(thread)).getJsonArray("value"))
                .hasSize(3);
        assertThat(socket.call("removeParticipant", on(thread).put("communicationIdentifier", cleo.identifier())))
                .isEmpty();
        assertThat(socket.call("listParticipants", on(thread)).getJsonArray("value"))
                .hasSize(2);
    }

    @Test
    void receipts_and_typing_are_accepted() {
        String id = ben.send(thread, "Read me");

        assertThat(socket.call("sendReadReceipt", on(thread).put("chatMessageId", id)))
                .isEmpty();
        JsonArray receipts = socket.call("listReadReceipts", on(thread)).getJsonArray("value");
        assertThat(receipts.getJsonObject(0).getString("chatMessageId")).isEqualTo(id);
        assertThat(socket.call("sendTypingNotification", on(thread).put("senderDisplayName", "Ann")))
                .isEmpty();
    }

    @Test
    void subscription_may_begin_with_the_newest_messages() {
        socket.call("sendMessage", on(thread).put("content", "one"));
        socket.call("sendMessage", on(thread).put("content", "two"));

        JsonObject reply = socket.call("subscribe", on(thread).put("limit", 2));

        assertThat(reply.getString("cursor")).hasSizeLessThan(200);
        assertThat(reply.getJsonObject("properties").getString("topic")).isEqualTo("Lunch");
        assertThat(reply.getJsonArray("messages").stream()
                        .map(m -> ((JsonObject) m).getJsonObject("content").getString("message")))
                .isEqualTo(List.of("two", "one"));
        assertThat(reply.getString("recovered")).isEqualTo("complete");
        assertThat(reply.getString("horizon")).isNotNull();
        assertThat(reply.getJsonObject("freshness").getString("source")).isEqualTo("poll");
        assertThat(socket.call("unsubscribe", on(thread))).isEmpty();
    }

    @Test
    void batch_is_answered_as_one_array() {
        socket.sendText("[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"},"
                + "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},"
                + "{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"nope\"}]");

        JsonArray replies = socket.batchAnswer();
        assertThat(replies).hasSize(2);
        assertThat(replies.encode()).contains("\"id\":\"a\"").contains("-32601");
    }

    @Test
    void unknown_method_is_refused() {
        for (String method : List.of("fly", "getinbox", "")) {
            assertThat(socket.refused(method, new JsonObject()).getInteger("code"))
                    .as(method)
                    .isEqualTo(-32601);
        }
    }

    @Test
    void invalid_parameters_are_refused_by_name() {
        assertThat(refusal("sendMessage", on(thread))).contains("content: missing");
        assertThat(refusal("sendMessage", on(thread).put("content", "x").put("colour", "red")))
                .contains("colour: unknown field");
        assertThat(refusal("sendMessage", on(thread).put("content", "ä".repeat(20_000))))
                .contains("content: 40000 bytes (expected: at most 28672");
        assertThat(refusal("listMessages", on(thread).put("maxPageSize", 500)))
                .isEqualTo("maxPageSize: 500 (expected: 1 to 200)");
        assertThat(refusal("subscribe", on(thread).put("events", new JsonArray().add("smells"))))
                .contains("events: an unknown name");
        assertThat(refusal("listMessages", on(thread).put("continuationToken", "x")))
                .contains("continuationToken");
        assertThat(socket.call("ping", new JsonObject())).isEmpty();
    }

    @Test
    void refusal_of_the_service_keeps_its_status_and_code() {
        ServiceUser stranger = ServiceUser.create(GATEWAY);
        String foreign = stranger.createThread("Private");

        JsonObject forbidden = socket.refused("sendMessage", on(foreign).put("content", "Hi"));
        assertThat(forbidden.getInteger("code")).isEqualTo(403);
        assertThat(forbidden.getJsonObject("data").getString("code")).isEqualTo("Forbidden");
        assertThat(forbidden.getJsonObject("data").getBoolean("retryable")).isFalse();
        assertThat(socket.refused("subscribe", on(foreign)).getInteger("code")).isEqualTo(403);
        assertThat(socket.refused("getProperties", on("19:nothing@thread.v2")).getInteger("code"))
                .isEqualTo(404);
    }

    private String refusal(String method, JsonObject params) {
        JsonObject error = socket.refused(method, params);
        assertThat(error.getInteger("code")).isEqualTo(-32602);
        return error.getString("message");
    }

    private static JsonObject on(String threadId) {
        return new JsonObject().put("threadId", threadId);
    }
}
