package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code /chat/*} of a gateway in front of the embedded service. */
class ChatProxyIT {
    private static final String ALLOWED = "https://app.example";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("http.origins", ALLOWED);

    static Stream<ChatRest> listeners() {
        return Stream.of(ChatRest.plainHttp(GATEWAY), ChatRest.https(GATEWAY));
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void page_links_lead_through_the_gateway(ChatRest chat) {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        String thread = ServiceUser.thread(alice.createThread("paging"));
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sent.add(
                    0,
                    chat.json("POST", thread + "/messages?" + ChatRest.VERSION, alice, content("m" + i))
                            .getString("id"));
        }
        List<String> listed = new ArrayList<>();
        String next = chat.base() + thread + "/messages?maxPageSize=2&" + ChatRest.VERSION;
        while (next != null) {
            assertThat(next).startsWith(chat.base() + "/chat/threads/");
            JsonObject page = chat.json("GET", next.substring(chat.base().length()), alice, null);
            page.getJsonArray("value").forEach(m -> listed.add(((JsonObject) m).getString("id")));
            next = page.getString("nextLink");
        }
        assertThat(listed).startsWith(sent.toArray(String[]::new)).hasSize(7);
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void location_and_headers_of_a_new_thread_are_kept(ChatRest chat) {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        String id = java.util.UUID.randomUUID().toString();
        HttpResponse<String> made =
                chat.call("POST", ChatRest.CREATE, alice.token(), "{\"topic\":\"t\"}", "repeatability-request-id", id);
        HttpResponse<String> again =
                chat.call("POST", ChatRest.CREATE, alice.token(), "{\"topic\":\"t\"}", "repeatability-request-id", id);

        assertThat(made.statusCode()).isEqualTo(201);
        assertThat(again.body()).isEqualTo(made.body());
        String location = made.headers().firstValue("Location").orElseThrow();
        assertThat(location).startsWith(chat.base() + "/chat/threads/19%3A");
        assertThat(made.headers().firstValue("api-supported-versions")).isPresent();
        assertThat(made.headers().firstValue("MS-CV")).isPresent();
        assertThat(made.headers().firstValue("Content-Type")).contains("application/json; charset=utf-8");
        assertThat(made.headers().allValues("X-Content-Type-Options")).containsExactly("nosniff");
        String path = location.substring(chat.base().length()) + "?" + ChatRest.VERSION;
        assertThat(chat.call("DELETE", path, alice.token(), null).statusCode()).isEqualTo(204);
    }

    /** The service is not called. The error has its format, so that its clients understand it. */
    @Test
    void call_without_a_valid_token_is_401_in_the_services_format() {
        for (String token : new String[] {null, "no.token.atall"}) {
            HttpResponse<String> response = ChatRest.https(GATEWAY).call("GET", ChatRest.CREATE, token, null);
            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(error(response).getString("code")).isEqualTo("Unauthorized");
        }
    }

    @Test
    void refusals_of_the_service_are_forwarded_unchanged() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        ServiceUser mallory = ServiceUser.create(GATEWAY);
        String thread = ServiceUser.thread(alice.createThread("private"));
        String nowhere = ServiceUser.thread("19:nowhere@thread.v2");
        ChatRest gateway = ChatRest.https(GATEWAY);
        ChatRest service = ChatRest.service(GATEWAY);
        String[][] calls = {
            {"GET", thread, alice.token().substring(0, alice.token().length() - 8) + "AAAAAAAA", "401"},
            {"GET", thread + "/messages", mallory.token(), "403"},
            {"GET", nowhere, alice.token(), "404"},
            {"GET", "/chat/unknown", alice.token(), "404"},
            {"GET", thread + "/messages?maxPageSize=none", alice.token(), "400"},
        };
        for (String[] call : calls) {
            String target = call[1] + (call[1].contains("?") ? "&" : "?") + ChatRest.VERSION;
            HttpResponse<String> through = gateway.call(call[0], target, call[2], null);
            HttpResponse<String> straight = service.call(call[0], target, call[2], null);
            assertThat(through.statusCode()).as(target).isEqualTo(straight.statusCode());
            assertThat(through.statusCode()).as(target).isEqualTo(Integer.parseInt(call[3]));
            assertThat(through.body()).isEqualTo(straight.body());
            assertThat(through.headers().firstValue("MS-CV")).isPresent();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /identities, 404",
        "GET, /chat/../identities, 404",
        "GET, /chat/%2e%2e/identities, 404",
        "GET, /chat/threads/..%2f..%2fidentities, 404",
        "HEAD, /chat/threads, 405",
        "GET, /chat/threads?access_token=x, 400",
    })
    void requests_outside_the_api_are_refused_by_the_gateway(String method, String target, int status) {
        HttpResponse<String> response =
                ChatRest.plainHttp(GATEWAY).call(method, target, null, method.equals("POST") ? "{}" : null);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("MS-CV")).isEmpty();
    }

    @Test
    void oversized_body_is_refused_with_or_without_a_length() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        String tooLong = "x".repeat(GATEWAY.config().limits().bodyBytes() + 1);
        HttpResponse<String> declared =
                ChatRest.plainHttp(GATEWAY).call("POST", ChatRest.CREATE, alice.token(), tooLong);
        assertThat(declared.statusCode()).isEqualTo(413);
        assertThat(error(declared).getString("code")).isEqualTo("PayloadTooLarge");

        HttpResponse<String> streamed = Streamed.post(ChatRest.plainHttp(GATEWAY), alice.token(), tooLong);
        assertThat(streamed.statusCode()).isEqualTo(413);
        assertThat(Streamed.post(ChatRest.https(GATEWAY), alice.token(), "{\"topic\":\"chunked\"}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(Streamed.post(ChatRest.plainHttp(GATEWAY), alice.token(), "{\"topic\":\"chunked\"}")
                        .statusCode())
                .isEqualTo(201);
    }

    /**
     * Regression: the connection was closed after the response, data that still arrived reset it, and the response
     * could be lost.
     */
    @Test
    void client_that_still_sends_a_refused_body_is_not_reset() throws Exception {
        int length = GATEWAY.config().limits().bodyBytes() + 1;
        java.net.URI base = java.net.URI.create(ChatRest.plainHttp(GATEWAY).base());
        try (java.net.Socket socket = new java.net.Socket(base.getHost(), base.getPort())) {
            socket.setSoTimeout(10_000);
            String head = "POST " + ChatRest.CREATE + " HTTP/1.1\r\nHost: " + base.getAuthority()
                    + "\r\nContent-Length: " + length + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            byte[] start = socket.getInputStream().readNBytes(12);
            assertThat(new String(start, java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 413");

            socket.getOutputStream().write(new byte[length]);

            assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example, 200, true",
        "https://app.example:443, 200, true",
        "http://app.example, 403, false",
        "https://app.example.evil, 403, false",
        "https://evil.example, 403, false",
        "null, 403, false",
        "OWN, 200, false",
        "NONE, 200, false",
    })
    void pages_of_configured_origins_may_call(String origin, int status, boolean told) {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        ChatRest chat = ChatRest.plainHttp(GATEWAY);
        String[] headers = origin.equals("NONE")
                ? new String[0]
                : new String[] {"Origin", origin.equals("OWN") ? chat.base() : origin};
        HttpResponse<String> response = chat.call("GET", ChatRest.CREATE, alice.token(), null, headers);

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().allValues("Vary")).containsExactly("Origin");
        assertThat(response.headers().firstValue("Access-Control-Allow-Origin").isPresent())
                .isEqualTo(told);
        assertThat(response.headers()
                        .firstValue("Access-Control-Expose-Headers")
                        .isPresent())
                .isEqualTo(told);
        assertThat(response.headers().firstValue("Access-Control-Allow-Credentials"))
                .isEmpty();

        HttpResponse<String> preflight = chat.call(
                "OPTIONS",
                ChatRest.CREATE,
                null,
                null,
                Stream.concat(Stream.of(headers), Stream.of("Access-Control-Request-Method", "PATCH"))
                        .toArray(String[]::new));
        assertThat(preflight.statusCode()).isEqualTo(status == 200 ? 204 : 403);
        if (told) {
            assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                    .contains(origin);
            assertThat(preflight.headers().firstValue("Access-Control-Allow-Methods"))
                    .contains("GET, POST, PUT, PATCH, DELETE, OPTIONS");
            assertThat(preflight
                            .headers()
                            .firstValue("Access-Control-Allow-Headers")
                            .orElseThrow())
                    .contains("authorization", "x-ms-client-request-id", "x-ms-useragent", "repeatability-request-id")
                    .contains("traceparent", "tracestate");
        } else {
            assertThat(preflight.headers().map().keySet()).noneMatch(h -> h.startsWith("access-control-"));
        }
    }

    @Test
    void refusal_is_readable_for_pages_of_configured_origins() {
        HttpResponse<String> response =
                ChatRest.plainHttp(GATEWAY).call("GET", ChatRest.CREATE, null, null, "Origin", ALLOWED);
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.headers().allValues("Access-Control-Allow-Origin")).containsExactly(ALLOWED);
    }

    @Test
    void proxied_write_reaches_subscribers_at_once() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        ServiceUser bob = ServiceUser.create(GATEWAY);
        String threadId = alice.createThread("live", bob);
        String thread = ServiceUser.thread(threadId);
        ChatRest chat = ChatRest.https(GATEWAY);
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, bob)) {
            socket.call("subscribe", new JsonObject().put("threadId", threadId));
            String id = chat.json("POST", thread + "/messages?" + ChatRest.VERSION, alice, content("hello"))
                    .getString("id");
            assertThat(socket.event("chatMessageReceived", e -> id.equals(e.getString("id")))
                            .getString("message"))
                    .isEqualTo("hello");
            chat.json("PATCH", thread + "/messages/" + id + "?" + ChatRest.VERSION, alice, content("hallo"));
            assertThat(socket.event("chatMessageEdited", e -> id.equals(e.getString("id")))
                            .getString("message"))
                    .isEqualTo("hallo");
            chat.json(
                    "POST",
                    thread + "/typing?" + ChatRest.VERSION,
                    alice,
                    new JsonObject().put("senderDisplayName", "Alice"));
            assertThat(socket.event("typingIndicatorReceived", e -> true).getString("senderDisplayName"))
                    .isEqualTo("Alice");
            chat.json(
                    "POST",
                    thread + "/readReceipts?" + ChatRest.VERSION,
                    alice,
                    new JsonObject().put("chatMessageId", id));
            socket.event("readReceiptReceived", e -> id.equals(e.getString("chatMessageId")));
            chat.json("PATCH", thread + "?" + ChatRest.VERSION, alice, new JsonObject().put("topic", "new"));
            socket.event("chatThreadPropertiesUpdated", e -> true);
            chat.json("DELETE", thread + "/messages/" + id + "?" + ChatRest.VERSION, alice, null);
            socket.event("chatMessageDeleted", e -> id.equals(e.getString("id")));
            ServiceUser carol = ServiceUser.create(GATEWAY);
            chat.json(
                    "POST",
                    thread + "/participants/:add?" + ChatRest.VERSION,
                    alice,
                    new JsonObject().put("participants", new JsonArray().add(carol.participant())));
            socket.event("participantsAdded", e -> true);
        }
    }

    @Test
    void rate_limiter_refuses_typing_that_is_published_anyway() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        ServiceUser bob = ServiceUser.create(GATEWAY);
        String threadId = alice.createThread("limits", bob);
        String typing = ServiceUser.thread(threadId) + "/typing?" + ChatRest.VERSION;
        ChatRest chat = ChatRest.https(GATEWAY);
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, bob)) {
            HttpResponse<String> response = chat.call("POST", typing, alice.token(), "{}");
            for (int i = 0; i < 5 && response.statusCode() == 200; i++) {
                response = chat.call("POST", typing, alice.token(), "{}");
            }
            assertThat(response.statusCode()).isEqualTo(429);
            assertThat(error(response).getString("code")).isEqualTo("TooManyRequests");
            assertThat(error(response).getString("message")).contains("typing: 5 calls in 10 s");
            assertThat(Integer.parseInt(
                            response.headers().firstValue("Retry-After").orElseThrow()))
                    .isBetween(1, 11);
            // A response of the gateway, not of the service.
            assertThat(response.headers().firstValue("MS-CV")).isEmpty();

            socket.call("subscribe", new JsonObject().put("threadId", threadId));
            assertThat(chat.call("POST", typing, alice.token(), "{}").statusCode())
                    .isEqualTo(429);
            socket.event("typingIndicatorReceived", e -> true);
        }
    }

    @Test
    void fast_new_client_never_exceeds_the_services_limits() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        String messages = ServiceUser.thread(alice.createThread("burst")) + "/messages?" + ChatRest.VERSION;
        ChatRest chat = ChatRest.https(GATEWAY);
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 25)
                .mapToObj(i -> chat.later("POST", messages, alice.token(), "{\"content\":\"" + i + "\"}"))
                .toList();
        List<HttpResponse<String>> done =
                answers.stream().map(CompletableFuture::join).toList();

        assertThat(done).filteredOn(a -> a.statusCode() == 201).hasSize(10);
        assertThat(done)
                .filteredOn(a -> a.statusCode() != 201)
                .hasSize(15)
                .allMatch(a ->
                        a.statusCode() == 429 && a.headers().firstValue("MS-CV").isEmpty());
    }

    @Test
    void calls_and_remaining_quota_are_metered_without_ids() {
        ServiceUser alice = ServiceUser.create(GATEWAY);
        ChatRest chat = ChatRest.https(GATEWAY);
        chat.call("GET", "/chat/config/other?" + ChatRest.VERSION, alice.token(), null);
        chat.json("GET", ChatRest.CREATE, alice, null);

        String metrics = new ChatRest(chat.http(), GATEWAY.endpoints().management())
                .call("GET", "/metrics", null, null)
                .body();
        assertThat(metrics)
                .containsPattern("chatgateway_upstream_requests_seconds_count\\{operation=\"config\",status=\"404\"")
                .containsPattern(
                        "chatgateway_upstream_requests_seconds_count\\{operation=\"listThreads\",status=\"200\"")
                .containsPattern("chatgateway_ledger_budget_ratio\\{limit=\"writeMessages per thread\"} [01]")
                .doesNotContain(alice.id());
    }

    private static JsonObject content(String text) {
        return new JsonObject().put("content", text);
    }

    private static JsonObject error(HttpResponse<String> response) {
        return new JsonObject(response.body()).getJsonObject("error");
    }

    /** A body without a declared length. */
    private static final class Streamed {
        static HttpResponse<String> post(ChatRest chat, String token, String body) {
            byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            return chat.send(java.net.http.HttpRequest.newBuilder(java.net.URI.create(chat.base() + ChatRest.CREATE))
                    .timeout(java.time.Duration.ofSeconds(30))
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/json")
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofInputStream(
                            () -> new java.io.ByteArrayInputStream(bytes)))
                    .build());
        }
    }
}
