package dev.chatgateway.socket.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.protocol.AsyncApi;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.testing.EventStream;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Compares responses of a running gateway with docs/openapi.yaml. */
class OpenApiIT {
    private static final int CONNECTIONS = 8;
    private static final int CONNECTIONS_PER_USER = 3;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("embedded.rateLimits", "off")
            .with("poll.digestMs", "1000")
            .with("limits.connections", Integer.toString(CONNECTIONS))
            .with("limits.connectionsPerUser", Integer.toString(CONNECTIONS_PER_USER));

    private static final OpenApi API = OpenApi.load();
    private static final AsyncApi SOCKET = AsyncApi.load();
    private static final HttpClient HTTP = EventStream.http1();

    private final List<String> problems = new ArrayList<>();
    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("Lunch", ben);

    private static String path(StreamEndpoint endpoint, String threadId) {
        return endpoint.path().replace("{threadId}", URLEncoder.encode(threadId, StandardCharsets.UTF_8));
    }

    private String path(StreamEndpoint endpoint) {
        return path(endpoint, thread);
    }

    private HttpResponse<String> send(StreamEndpoint endpoint, HttpRequest request) {
        HttpResponse<String> response = HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(30, java.util.concurrent.TimeUnit.SECONDS)
                .join();
        problems.addAll(API.responseProblems(endpoint, response.statusCode(), response.headers(), response.body()));
        return response;
    }

    private HttpRequest.Builder request(StreamEndpoint endpoint, ServiceUser user, String body) {
        HttpRequest.Builder request = EventStream.request(GATEWAY, user, path(endpoint));
        return endpoint.method().equals("GET")
                ? request.GET()
                : request.POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private HttpResponse<String> post(StreamEndpoint endpoint, String body, String... headers) {
        HttpRequest.Builder request = request(endpoint, ann, body);
        return send(
                endpoint,
                headers.length == 0 ? request.build() : request.headers(headers).build());
    }

    private JsonObject on() {
        return new JsonObject().put("threadId", thread);
    }

    private JsonObject call(ServiceUser user, String method, JsonObject params) {
        JsonObject request = new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", 1)
                .put("method", method)
                .put("params", params);
        problems.addAll(API.requestProblems(StreamEndpoint.REQUESTS, request.encode()));
        HttpResponse<String> response = send(
                StreamEndpoint.REQUESTS,
                request(StreamEndpoint.REQUESTS, user, request.encode()).build());
        JsonObject result = new JsonObject(response.body()).getJsonObject("result");
        assertThat(result).as(response.body()).isNotNull();
        problems.addAll(SOCKET.problems(method + "Result", new JsonObject(response.body())));
        return result;
    }

    @AfterEach
    void responses_match_the_document() {
        assertThat(problems).isEmpty();
    }

    private void check(StreamEndpoint endpoint, EventStream stream, String... expected) {
        StringBuilder text = new StringBuilder();
        Set<String> methods = new HashSet<>();
        for (EventStream.Event event : stream.events()) {
            methods.add(event.event());
            if (!event.id().isEmpty()) {
                text.append("id: ").append(event.id()).append('\n');
            }
            text.append("event: ").append(event.event()).append("\ndata: ");
            text.append(event.data().encode()).append("\n\n");
        }
        problems.addAll(API.responseProblems(
                endpoint, stream.status(), stream.response().headers(), text.toString()));
        assertThat(methods).containsAll(List.of(expected));
    }

    @Test
    void events_of_a_thread_match() {
        String query = "?limit=5&events=messages,edits&events=receipts,typing,participants,properties";
        try (EventStream stream = EventStream.get(GATEWAY, ben, path(StreamEndpoint.THREAD_EVENTS) + query)) {
            stream.event("subscribed", e -> true);
            JsonObject message = on().put(
                            "messageId",
                            call(ann, "sendMessage", on().put("content", "Hello"))
                                    .getString("id"));
            stream.event("chatMessageReceived", e -> true);
            call(ann, "updateMessage", message.copy().put("content", "Hi"));
            stream.event("chatMessageEdited", e -> true);
            call(ann, "deleteMessage", message);
            call(ann, "sendReadReceipt", on().put("chatMessageId", message.getString("messageId")));
            call(ann, "sendTypingNotification", on());
            call(ann, "updateProperties", on().put("topic", "Dinner"));
            JsonArray eve = new JsonArray().add(ServiceUser.create(GATEWAY).participant());
            call(ann, "addParticipants", on().put("participants", eve));
            for (String method : List.of(
                    "chatMessageDeleted",
                    "readReceiptReceived",
                    "typingIndicatorReceived",
                    "chatThreadPropertiesUpdated",
                    "participantsAdded")) {
                stream.event(method, e -> true);
            }
            call(ann, "removeParticipant", on().put("communicationIdentifier", ben.identifier()));
            stream.event("closed", e -> true);
            check(StreamEndpoint.THREAD_EVENTS, stream, "unsubscribed");
        }
    }

    @Test
    void events_of_the_inbox_match() {
        try (EventStream stream = EventStream.get(GATEWAY, ann, path(StreamEndpoint.INBOX_EVENTS))) {
            stream.event("subscribedInbox", e -> true);
            String other = ben.createThread("Other", ann);
            stream.event("inboxChanged", e -> other.equals(e.getString("threadId")));
            check(StreamEndpoint.INBOX_EVENTS, stream, "chatThreadCreated");
        }
    }

    @Test
    void stream_of_many_threads_matches() {
        JsonObject body = new JsonObject()
                .put(
                        "subscriptions",
                        new JsonArray().add(on().put("limit", 5)).add(on().put("threadId", "19:none@thread.v2")))
                .put("inbox", new JsonObject());
        problems.addAll(API.requestProblems(StreamEndpoint.STREAM, body.encode()));
        try (EventStream stream = EventStream.post(GATEWAY, ann, body)) {
            stream.event("subscribed", e -> true);
            stream.event("subscribedInbox", e -> true);
            stream.event("subscriptionFailed", e -> true);
            check(StreamEndpoint.STREAM, stream);
        }
    }

    @Test
    void long_polls_match() {
        JsonObject body = new JsonObject().put("subscriptions", new JsonArray().add(on().put("limit", 5)));
        problems.addAll(API.requestProblems(StreamEndpoint.STREAM, body.encode()));
        JsonObject first = new JsonObject(post(StreamEndpoint.STREAM, body.encode(), "Accept", "application/json")
                .body());
        assertThat(first.getJsonArray("notifications")).isNotEmpty();
        assertThat(first.fieldNames()).allMatch(API.at("#/components/schemas/PollResponse/properties")::has);
        JsonObject next = new JsonObject()
                .put(
                        "subscriptions",
                        new JsonArray()
                                .add(on().put(
                                                "cursor",
                                                first.getJsonObject("cursors").getString(thread))))
                .put("inbox", new JsonObject())
                .put("waitMs", 500);
        problems.addAll(API.requestProblems(StreamEndpoint.STREAM, next.encode()));
        post(StreamEndpoint.STREAM, next.encode(), "Accept", "application/json");
    }

    @Test
    void requests_without_a_connection_match() {
        List<String> documented = OpenApiTest.references("RpcRequest/oneOf");
        JsonArray batch = new JsonArray();
        List<String> methods = new ArrayList<>(SOCKET.methods());
        for (int i = 0; i < methods.size(); i++) {
            batch.add(new JsonObject()
                    .put("jsonrpc", "2.0")
                    .put("id", i)
                    .put("method", methods.get(i))
                    .put("params", new JsonObject().put("colour", "blue")));
        }
        JsonArray responses =
                new JsonArray(post(StreamEndpoint.REQUESTS, batch.encode()).body());
        assertThat(responses).hasSameSizeAs(methods);
        for (Object each : responses) {
            JsonObject response = (JsonObject) each;
            String method = methods.get(response.getInteger("id"));
            assertThat(response.getJsonObject("error").getInteger("code"))
                    .as(method)
                    .isEqualTo(documented.contains(method) ? RpcError.INVALID_PARAMS : RpcError.METHOD_NOT_FOUND);
        }
        JsonObject notification = new JsonObject().put("jsonrpc", "2.0").put("method", "ping");
        problems.addAll(API.requestProblems(StreamEndpoint.REQUESTS, notification.encode()));
        assertThat(post(StreamEndpoint.REQUESTS, notification.encode()).statusCode())
                .isEqualTo(202);
        assertThat(post(StreamEndpoint.REQUESTS, "no JSON").statusCode()).isEqualTo(200);
    }

    @Test
    void each_status_of_a_refused_request_matches() {
        ServiceUser stranger = ServiceUser.create(GATEWAY);
        for (StreamEndpoint endpoint : StreamEndpoint.values()) {
            HttpRequest.Builder plain = HttpRequest.newBuilder(
                    EventStream.request(GATEWAY, ann, path(endpoint)).build().uri());
            HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString("{}");
            plain.method(
                    endpoint.method(), endpoint.method().equals("GET") ? HttpRequest.BodyPublishers.noBody() : body);
            assertThat(send(endpoint, plain.build()).statusCode()).isEqualTo(401);
            String forged = ann.token().substring(0, ann.token().length() - 8) + "AAAAAAAA";
            assertThat(send(
                                    endpoint,
                                    plain.copy()
                                            .header("Authorization", "Bearer " + forged)
                                            .build())
                            .statusCode())
                    .as("%s", endpoint)
                    .isEqualTo(endpoint == StreamEndpoint.STREAM ? 400 : 401);
            HttpRequest.Builder good = request(endpoint, ann, "{\"inbox\":{}}");
            assertThat(send(
                                    endpoint,
                                    good.copy()
                                            .header("Origin", "https://elsewhere.example")
                                            .build())
                            .statusCode())
                    .isEqualTo(403);
            assertThat(send(endpoint, good.copy().uri(tokenInUrl(endpoint)).build())
                            .statusCode())
                    .isEqualTo(400);
        }
        assertThat(send(
                                StreamEndpoint.THREAD_EVENTS,
                                request(StreamEndpoint.THREAD_EVENTS, stranger, "")
                                        .build())
                        .statusCode())
                .isEqualTo(403);
        String tooLong = " ".repeat(70_000);
        assertThat(post(StreamEndpoint.STREAM, tooLong).statusCode()).isEqualTo(413);
        assertThat(post(StreamEndpoint.REQUESTS, tooLong).statusCode()).isEqualTo(413);
        assertThat(post(StreamEndpoint.STREAM, "{}").statusCode()).isEqualTo(400);
    }

    private java.net.URI tokenInUrl(StreamEndpoint endpoint) {
        return EventStream.request(GATEWAY, ann, path(endpoint) + "?token=secret")
                .build()
                .uri();
    }

    @Test
    void parameters_that_are_not_documented_are_refused_by_name() {
        for (StreamEndpoint endpoint : List.of(StreamEndpoint.THREAD_EVENTS, StreamEndpoint.INBOX_EVENTS)) {
            for (String name : List.of("colour", "waitMs", "threadId")) {
                HttpResponse<String> refused = send(
                        endpoint,
                        EventStream.request(GATEWAY, ann, path(endpoint) + "?" + name + "=1")
                                .build());
                assertThat(refused.statusCode()).isEqualTo(400);
                assertThat(refused.body()).contains(name);
            }
        }
    }

    @Test
    void each_other_method_is_refused_with_the_documented_one() {
        for (StreamEndpoint endpoint : StreamEndpoint.values()) {
            for (String method : List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")) {
                if (!method.equals(endpoint.method())) {
                    HttpResponse<String> refused = HTTP.sendAsync(
                                    EventStream.request(GATEWAY, ann, path(endpoint))
                                            .method(method, HttpRequest.BodyPublishers.noBody())
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .join();
                    boolean preflight = method.equals("OPTIONS");
                    assertThat(refused.statusCode()).isEqualTo(preflight ? 204 : 405);
                    assertThat(refused.headers().firstValue("Allow")).contains(endpoint.method() + ", OPTIONS");
                    if (!preflight && !method.equals("HEAD")) {
                        assertThat(API.problems("#/components/schemas/ErrorResponse", OpenApi.json(refused.body())))
                                .isEmpty();
                    }
                }
            }
        }
    }

    @Test
    void stream_above_the_limit_of_a_user_is_refused_with_429() {
        List<EventStream> open = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS_PER_USER; i++) {
            open.add(EventStream.get(GATEWAY, ben, path(StreamEndpoint.INBOX_EVENTS)));
        }
        for (StreamEndpoint endpoint : List.of(StreamEndpoint.INBOX_EVENTS, StreamEndpoint.STREAM)) {
            assertThat(send(endpoint, request(endpoint, ben, "{\"inbox\":{}}").build())
                            .statusCode())
                    .isEqualTo(429);
        }
        call(ben, "ping", new JsonObject());
        open.forEach(EventStream::close);
    }

    @Test
    void stream_above_the_limit_of_the_node_is_refused_with_503() {
        List<EventStream> open = new ArrayList<>();
        for (ServiceUser user : List.of(ann, ben, ServiceUser.create(GATEWAY))) {
            for (int i = 0; i < CONNECTIONS_PER_USER && open.size() < CONNECTIONS; i++) {
                open.add(EventStream.get(GATEWAY, user, path(StreamEndpoint.INBOX_EVENTS)));
            }
        }
        ServiceUser eve = ServiceUser.create(GATEWAY);
        for (StreamEndpoint endpoint : List.of(StreamEndpoint.INBOX_EVENTS, StreamEndpoint.STREAM)) {
            HttpResponse<String> refused =
                    send(endpoint, request(endpoint, eve, "{\"inbox\":{}}").build());
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        }
        open.forEach(EventStream::close);
    }
}
