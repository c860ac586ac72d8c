package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Events of Azure Event Grid, at a gateway that polls so rarely that only the pushes can deliver the messages in time.
 */
class EventGridTest {
    private static final String SECRET = "a secret of the subscription";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("events.secret", SECRET)
            .with("embedded.rateLimits", "off")
            .with("poll.hotMs", "60000")
            .with("poll.warmMs", "600000")
            .with("poll.coldMs", "600000")
            .with("poll.digestMs", "600000");

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);

    private static HttpResponse<String> call(String method, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        GATEWAY.endpoints().http().resolve("/events"))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .orTimeout(20, java.util.concurrent.TimeUnit.SECONDS)
                .join();
    }

    private static void push(JsonObject... events) {
        String body = new JsonArray(List.of((Object[]) events)).encode();
        assertThat(call("POST", body, "X-Chatgateway-Secret", SECRET).statusCode())
                .isEqualTo(200);
    }

    private static JsonObject event(String type, String threadId, JsonObject data) {
        return new JsonObject()
                .put("id", java.util.UUID.randomUUID().toString())
                .put("topic", "/subscriptions/s/resourcegroups/g/providers/microsoft.communication/x")
                .put("subject", "thread/" + threadId)
                .put("eventType", "Microsoft.Communication." + type)
                .put("dataVersion", "1.0")
                .put("metadataVersion", "1")
                .put("eventTime", Instant.now().toString())
                .put("data", data.put("threadId", threadId).put("transactionId", "t"));
    }

    private static JsonObject message(String id, Object version) {
        return new JsonObject()
                .put("messageId", id)
                .put("messageBody", "forged")
                .put("senderDisplayName", "forged")
                .put("version", version)
                .put("type", "Text");
    }

    private ChatSocket subscribed(String threadId) {
        ChatSocket socket = ChatSocket.signIn(GATEWAY, ann);
        socket.call("subscribe", new JsonObject().put("threadId", threadId));
        return socket;
    }

    private static JsonObject byId(ChatSocket socket, String method, String id) {
        return socket.event(method, params -> id.equals(params.getString("id")));
    }

    @Test
    void pushed_message_is_fetched_and_the_push_is_not_shown() {
        String thread = ann.createThread("pushed", ben);
        try (ChatSocket socket = subscribed(thread)) {
            String id = ben.send(thread, "the truth");
            push(event("ChatMessageReceivedInThread", thread, message(id, id)));
            assertThat(byId(socket, "chatMessageReceived", id).getString("message"))
                    .isEqualTo("the truth");
            assertThat(socket.received().toString()).doesNotContain("forged");
        }
    }

    @Test
    void repeated_and_reordered_pushes_give_each_event_once() {
        String thread = ann.createThread("often", ben);
        try (ChatSocket socket = subscribed(thread)) {
            String first = ben.send(thread, "first");
            String second = ben.send(thread, "second");
            JsonObject one = event("ChatMessageReceived", thread, message(first, Long.parseLong(first)));
            JsonObject two = event("ChatMessageReceivedInThread", thread, message(second, second));
            push(two, one, two.copy());
            push(one.copy());
            byId(socket, "chatMessageReceived", second);
            push(event("ChatMessageEdited", thread, message(first, Long.parseLong(first))));
            String third = ben.send(thread, "third");
            push(event("ChatMessageReceived", thread, message(third, Long.parseLong(third))));
            byId(socket, "chatMessageReceived", third);
            assertThat(socket.events("chatMessageReceived"))
                    .extracting(e -> e.getString("message"))
                    .containsExactly("first", "second", "third");
        }
    }

    @Test
    void pushed_edit_of_an_old_message_is_published() {
        String thread = ann.createThread("long", ben);
        String old = ben.send(thread, "old");
        for (int i = 0; i < 40; i++) {
            ben.send(thread, "m" + i);
        }
        try (ChatSocket socket = subscribed(thread)) {
            ben.call(
                    "PATCH",
                    ServiceUser.thread(thread) + "/messages/" + old,
                    new JsonObject().put("content", "mended"));
            JsonObject cloud = event("ChatMessageEditedInThread", thread, message(old, ""));
            cloud.remove("eventType");
            cloud.put("type", "Microsoft.Communication.ChatMessageEditedInThread")
                    .put("specversion", "1.0");
            push(cloud);
            assertThat(byId(socket, "chatMessageEdited", old).getString("message"))
                    .isEqualTo("mended");
        }
    }

    @Test
    void pushed_typing_is_published_if_recent_and_of_a_member() {
        String thread = ann.createThread("typing", ben);
        ServiceUser stranger = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = subscribed(thread)) {
            push(
                    typing(thread, stranger, "stranger", Instant.now()),
                    typing(thread, ben, "late", Instant.now().minusSeconds(60)),
                    typing(thread, ben, "Ben", Instant.now()),
                    typing(thread, ben, "again", Instant.now()));
            socket.event("typingIndicatorReceived", params -> "Ben".equals(params.getString("senderDisplayName")));
            String id = ben.send(thread, "after");
            push(event("ChatMessageReceivedInThread", thread, message(id, id)));
            byId(socket, "chatMessageReceived", id);
            assertThat(socket.events("typingIndicatorReceived"))
                    .extracting(e -> e.getString("senderDisplayName"))
                    .containsExactly("Ben");
        }
    }

    private static JsonObject typing(String thread, ServiceUser sender, String name, Instant at) {
        JsonObject data = new JsonObject()
                .put("senderDisplayName", name)
                .put("senderCommunicationIdentifier", new JsonObject().put("rawId", sender.id()));
        return event("ChatTypingIndicatorReceivedInThread", thread, data).put("eventTime", at.toString());
    }

    @Test
    void event_grid_validation_returns_the_code() {
        JsonObject event = new JsonObject()
                .put("id", "1")
                .put("eventType", "Microsoft.EventGrid.SubscriptionValidationEvent")
                .put(
                        "data",
                        new JsonObject()
                                .put("validationCode", "code-512")
                                .put("validationUrl", "http://127.0.0.1:1/never"));
        HttpResponse<String> response = call(
                "POST",
                new JsonArray().add(event).encode(),
                "X-Chatgateway-Secret",
                SECRET,
                "aeg-event-type",
                "SubscriptionValidation");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(response.body())).isEqualTo(new JsonObject().put("validationResponse", "code-512"));
    }

    @Test
    void cloud_events_validation_returns_the_origin() {
        HttpResponse<String> response = call("OPTIONS", "", "WebHook-Request-Origin", "eventgrid.azure.net");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("WebHook-Allowed-Origin")).contains("eventgrid.azure.net");
        assertThat(response.headers().firstValue("WebHook-Allowed-Rate")).isPresent();
        assertThat(call("OPTIONS", "").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, [], 401",
                "wrong, [], 401",
                "a secret of the subscription, '', 400",
                "a secret of the subscription, no json, 400",
                "a secret of the subscription, '[7, {}, {\"eventType\": \"Microsoft.Communication.ChatNew\"}]', 200",
            })
    void request_without_the_secret_is_refused(String secret, String body, int status) {
        String[] headers = Optional.ofNullable(secret)
                .map(s -> new String[] {"X-Chatgateway-Secret", s})
                .orElse(new String[0]);
        HttpResponse<String> response = call("POST", body, headers);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).doesNotContain(SECRET);
        if (status == 401) {
            assertThat(new JsonObject(response.body()).getJsonObject("error").getString("code"))
                    .isEqualTo("Unauthorized");
        }
    }
}
