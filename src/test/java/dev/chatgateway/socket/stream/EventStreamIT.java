package dev.chatgateway.socket.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.EventStream;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Server-Sent Events, long polls and single requests over plain HTTP. */
class EventStreamIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("poll.digestMs", "1000");

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("Stream", ben);

    private static String path(String threadId) {
        return "/threads/" + URLEncoder.encode(threadId, StandardCharsets.UTF_8) + "/events";
    }

    private static boolean says(JsonObject message, String text) {
        return text.equals(message.getString("message"));
    }

    @Test
    void thread_stream_begins_with_the_answer_of_subscribe() {
        ben.send(thread, "before");
        try (EventStream stream = EventStream.get(GATEWAY, ann, path(thread) + "?limit=5&events=messages,edits")) {
            assertThat(stream.status()).isEqualTo(200);
            assertThat(stream.response().headers().firstValue("content-type")).contains("text/event-stream");
            EventStream.Event subscribed = stream.event("subscribed", e -> true);
            assertThat(stream.events().get(0)).isEqualTo(subscribed);
            assertThat(subscribed.data().getString("threadId")).isEqualTo(thread);
            assertThat(subscribed.data().getJsonArray("messages")).isNotEmpty();
            assertThat(subscribed.id()).isEqualTo(subscribed.data().getString("cursor"));

            ben.send(thread, "täglich \u2028 \"news\"");
            EventStream.Event event = stream.event("chatMessageReceived", e -> says(e, "täglich \u2028 \"news\""));
            assertThat(event.id()).isEqualTo(event.data().getString("cursor"));
        }
    }

    @Test
    void stream_goes_on_from_the_last_event_id() {
        String last;
        try (EventStream stream = EventStream.get(GATEWAY, ann, path(thread))) {
            stream.event("subscribed", e -> true);
            ben.send(thread, "one");
            last = stream.event("chatMessageReceived", e -> says(e, "one")).id();
        }
        ben.send(thread, "two");
        ben.send(thread, "three");
        try (EventStream stream = EventStream.get(GATEWAY, ann, path(thread), "Last-Event-ID", last)) {
            assertThat(stream.event("subscribed", e -> true).data().getString("recovered"))
                    .isEqualTo("complete");
            stream.event("chatMessageReceived", e -> says(e, "three"));
            assertThat(stream.events())
                    .filteredOn(e -> e.event().equals("chatMessageReceived"))
                    .extracting(e -> e.data().getString("message"))
                    .containsExactly("two", "three");
        }
        try (EventStream stream = EventStream.get(GATEWAY, ann, path(thread) + "?cursor=" + last)) {
            stream.event("chatMessageReceived", e -> says(e, "two"));
        }
    }

    @Test
    void inbox_stream_has_cursors() {
        String cursor;
        try (EventStream stream = EventStream.get(GATEWAY, ann, "/inbox/events")) {
            EventStream.Event first = stream.event("subscribedInbox", e -> true);
            assertThat(first.id()).isEqualTo(first.data().getString("cursor"));
            String other = ben.createThread("Other", ann);
            EventStream.Event changed = stream.event("inboxChanged", e -> other.equals(e.getString("threadId")));
            assertThat(changed.id()).isEqualTo(changed.data().getString("cursor"));
            cursor = changed.id();
        }
        ben.send(thread, "while away");
        try (EventStream stream = EventStream.get(GATEWAY, ann, "/inbox/events", "Last-Event-ID", cursor)) {
            stream.event("inboxChanged", e -> thread.equals(e.getString("threadId")));
        }
    }

    @Test
    void one_stream_carries_many_threads_and_the_inbox() {
        String second = ann.createThread("Second", ben);
        JsonObject body = new JsonObject()
                .put(
                        "subscriptions",
                        new JsonArray()
                                .add(new JsonObject().put("threadId", thread))
                                .add(new JsonObject().put("threadId", second))
                                .add(new JsonObject().put("threadId", "19:none@thread.v2")))
                .put("inbox", new JsonObject());
        try (EventStream stream = EventStream.post(GATEWAY, ann, body)) {
            stream.event("subscribedInbox", e -> true);
            stream.event("subscribed", e -> thread.equals(e.getString("threadId")));
            stream.event("subscribed", e -> second.equals(e.getString("threadId")));
            JsonObject failed = stream.event("subscriptionFailed", e -> true).data();
            assertThat(failed.getString("threadId")).isEqualTo("19:none@thread.v2");
            assertThat(failed.getJsonObject("error").getInteger("code")).isBetween(400, 404);
            ben.send(second, "both");
            stream.event("chatMessageReceived", e -> says(e, "both"));
            stream.event("inboxChanged", e -> second.equals(e.getString("threadId")));
        }
    }

    @Test
    void refused_stream_has_a_status_and_a_json_error() {
        ServiceUser stranger = ServiceUser.create(GATEWAY);
        try (EventStream stream = EventStream.get(GATEWAY, stranger, path(thread))) {
            assertThat(stream.status()).isEqualTo(403);
            assertThat(stream.response().headers().firstValue("content-type")).contains("application/json");
        }
        try (EventStream stream = EventStream.get(GATEWAY, ann, path(thread) + "?limit=500")) {
            assertThat(stream.status()).isEqualTo(400);
        }
        HttpResponse<String> invalid =
                EventStream.exchange(GATEWAY, ann, "/streams", "{\"threads\":[]}", "Accept", "application/json");
        assertThat(invalid.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(invalid.body()).getJsonObject("error").getString("message"))
                .startsWith("threads: unknown field");
        assertThat(EventStream.exchange(GATEWAY, ann, "/inbox/events", "{}").statusCode())
                .isEqualTo(405);
    }

    @Test
    void stream_of_a_removed_member_ends() {
        try (EventStream stream = EventStream.get(GATEWAY, ben, path(thread))) {
            stream.event("subscribed", e -> true);
            ann.call("POST", ServiceUser.thread(thread) + "/participants/:remove", ben.identifier());
            assertThat(stream.event("unsubscribed", e -> true).data().getString("reason"))
                    .isEqualTo("removed");
            assertThat(stream.event("closed", e -> true).data())
                    .isEqualTo(new JsonObject().put("code", 1000).put("reason", "normal"));
            stream.awaitEnd();
        }
    }

    @Test
    void long_poll_returns_events_and_the_cursors_to_go_on() {
        JsonObject first = EventStream.poll(GATEWAY, ann, subscriptions(null));
        assertThat(methods(first)).containsExactly("subscribed");
        String cursor = first.getJsonObject("cursors").getString(thread);
        JsonObject empty = EventStream.poll(GATEWAY, ann, subscriptions(cursor).put("waitMs", 0));
        assertThat(methods(empty)).isEmpty();
        assertThat(empty.getJsonObject("cursors").getString(thread)).isNotNull();
        ben.send(thread, "polled");
        JsonObject second = EventStream.poll(GATEWAY, ann, subscriptions(cursor));
        assertThat(methods(second)).containsExactly("chatMessageReceived");
        String next = second.getJsonObject("cursors").getString(thread);
        assertThat(next).isNotEqualTo(cursor);
        assertThat(methods(EventStream.poll(GATEWAY, ann, subscriptions(next).put("waitMs", 0))))
                .isEmpty();
    }

    private JsonObject subscriptions(String cursor) {
        JsonObject subscription =
                new JsonObject().put("threadId", thread).put("events", new JsonArray().add("messages"));
        if (cursor != null) {
            subscription.put("cursor", cursor);
        }
        return new JsonObject().put("subscriptions", new JsonArray().add(subscription));
    }

    private static List<String> methods(JsonObject answer) {
        return answer.getJsonArray("notifications").stream()
                .map(n -> ((JsonObject) n).getString("method"))
                .toList();
    }

    @Test
    void requests_are_answered_without_a_connection() {
        JsonObject send = request(1, "sendMessage")
                .put(
                        "params",
                        new JsonObject()
                                .put("threadId", thread)
                                .put("content", "by rpc")
                                .put("clientMessageId", "c1"));
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ben)) {
            socket.call("subscribe", new JsonObject().put("threadId", thread));
            JsonObject sent = rpc(send.encode(), 200);
            assertThat(rpc(send.encode(), 200).getJsonObject("result").getString("id"))
                    .as("the same clientMessageId posts once")
                    .isEqualTo(sent.getJsonObject("result").getString("id"));
            socket.event("chatMessageReceived", e -> says(e, "by rpc"));
        }
        assertThat(rpc(request(2, "subscribe").encode(), 200)
                        .getJsonObject("error")
                        .getString("message"))
                .startsWith("subscribe: not over plain HTTP");
        String batch = new JsonArray()
                .add(request(3, "ping").put("params", new JsonArray()).put("extra", 1))
                .add(request(4, "listChatThreads"))
                .encode();
        HttpResponse<String> answers = EventStream.exchange(GATEWAY, ann, "/rpc", batch);
        assertThat(new JsonArray(answers.body())).hasSize(2);
        JsonObject notification = request(5, "ping");
        notification.remove("id");
        assertThat(EventStream.exchange(GATEWAY, ann, "/rpc", notification.encode())
                        .statusCode())
                .isEqualTo(202);
        assertThat(EventStream.exchange(GATEWAY, ann, "/rpc", " ".repeat(70_000))
                        .statusCode())
                .isEqualTo(413);
    }

    private static JsonObject request(int id, String method) {
        return new JsonObject().put("jsonrpc", "2.0").put("id", id).put("method", method);
    }

    private JsonObject rpc(String body, int status) {
        HttpResponse<String> response = EventStream.exchange(GATEWAY, ann, "/rpc", body);
        assertThat(response.statusCode()).isEqualTo(status);
        return new JsonObject(response.body());
    }
}
