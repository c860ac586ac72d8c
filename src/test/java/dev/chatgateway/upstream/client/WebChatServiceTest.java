package dev.chatgateway.upstream.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ScriptedService;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.Tokens;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebChatServiceTest {
    private static final String THREAD = "19:a_b-c@thread.v2";

    private final Vertx vertx = Vertx.vertx();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private ScriptedService server;
    private WebChatService service;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedService(vertx);
        service = client(server.endpoint(), 2_000, 3);
    }

    @AfterEach
    void stop() throws Exception {
        service.close();
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void request_has_the_documented_form() {
        ChatCall call = call(ChatOperation.LIST_MESSAGES).query(Map.of("startTime", "2026-01-01T00:00:00+01:00"));
        server.then(ScriptedService.json(200, new JsonObject().put("value", new JsonArray())));
        ChatService.Reply reply = get(service.call(call));

        assertThat(reply.status()).isEqualTo(200);
        ScriptedService.Request request = server.requests().get(0);
        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.target())
                .isEqualTo("/chat/threads/19%3Aa_b-c%40thread.v2/messages?api-version=2025-03-15"
                        + "&startTime=2026-01-01T00%3A00%3A00%2B01%3A00");
        assertThat(request.headers())
                .containsEntry("authorization", "Bearer " + call.token().secret())
                .containsEntry("accept", "application/json")
                .containsKey("x-ms-client-request-id")
                .doesNotContainKey("content-type");
    }

    @Test
    void patches_with_merge_patch_and_posts_json() {
        server.then(ScriptedService.text(204, "")).then(ScriptedService.json(201, new JsonObject().put("id", "1")));
        get(service.call(
                call(ChatOperation.UPDATE_MESSAGE).message("17/9").body(new JsonObject().put("content", "x"))));
        get(service.call(call(ChatOperation.SEND_MESSAGE).body(new JsonObject().put("content", "é"))));

        assertThat(server.requests().get(0).target()).contains("/messages/17%2F9?");
        assertThat(server.requests().get(0).headers()).containsEntry("content-type", "application/merge-patch+json");
        assertThat(server.requests().get(1).headers()).containsEntry("content-type", "application/json");
        assertThat(server.requests().get(1).json()).isEqualTo(new JsonObject().put("content", "é"));
    }

    @Test
    void create_with_repeatability_id_is_repeated() {
        JsonObject created = new JsonObject().put("chatThread", new JsonObject().put("id", THREAD));
        server.then(ScriptedService.drop()).then(ScriptedService.json(201, created));
        ChatCall create = ChatCall.of(ChatOperation.CREATE_THREAD, Tokens.of("a"), null, Priority.SEND)
                .body(new JsonObject().put("topic", "t"))
                .repeatable("r-1");

        assertThat(get(service.call(create)).body()).isEqualTo(created);
        assertThat(server.requests()).hasSize(2).allSatisfy(r -> assertThat(r.headers())
                .containsEntry("repeatability-request-id", "r-1"));
        assertThat(server.requests().get(0).headers().get("x-ms-client-request-id"))
                .isEqualTo(server.requests().get(1).headers().get("x-ms-client-request-id"));
    }

    @Test
    void write_without_an_answer_is_in_doubt_and_not_repeated() {
        server.then(ScriptedService.drop());
        ChatServiceException failure = fail(call(ChatOperation.SEND_MESSAGE).body(new JsonObject()));
        assertThat(failure.kind()).isEqualTo(Kind.IN_DOUBT);
        assertThat(failure.status()).isEqualTo(504);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void write_ends_at_the_time_limit_without_an_answer() {
        service = client(server.endpoint(), 300, 3);
        server.then(ScriptedService.silence());
        ChatServiceException failure = fail(call(ChatOperation.SEND_MESSAGE).body(new JsonObject()));
        assertThat(failure.kind()).isEqualTo(Kind.IN_DOUBT);
        assertThat(failure).hasMessageContaining("300 ms");
        assertThat(server.requests()).hasSize(1);
        assertThat(registry.get("chatgateway.upstream.requests")
                        .tags("operation", "sendMessage", "status", "none")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void interactive_read_is_repeated_and_a_poll_is_not() {
        server.then(ScriptedService.drop()).then(ScriptedService.error(500, "InternalServerError"));
        assertThat(get(service.call(call(ChatOperation.GET_THREAD))).status()).isEqualTo(200);
        assertThat(server.requests()).hasSize(3);

        server.then(ScriptedService.drop());
        ChatServiceException failure =
                fail(ChatCall.of(ChatOperation.LIST_MESSAGES, Tokens.of("a"), THREAD, Priority.POLL));
        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(server.requests()).hasSize(4);
    }

    @Test
    void after_a_500_a_write_is_in_doubt() {
        server.then(ScriptedService.error(500, "InternalServerError"));
        ChatServiceException failure = fail(call(ChatOperation.SEND_MESSAGE).body(new JsonObject()));
        assertThat(failure.kind()).isEqualTo(Kind.IN_DOUBT);
        assertThat(failure.status()).isEqualTo(500);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void a_429_is_repeated_when_the_service_says() {
        server.then(ScriptedService.error(429, "TooManyRequests", "retry-after-ms", "150"))
                .then(ScriptedService.json(201, new JsonObject().put("id", "1")));
        assertThat(get(service.call(call(ChatOperation.SEND_MESSAGE).body(new JsonObject())))
                        .body())
                .isEqualTo(new JsonObject().put("id", "1"));
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void a_429_with_a_long_wait_is_told_at_once() {
        server.then(ScriptedService.error(429, "TooManyRequests", "Retry-After", "7"));
        ChatServiceException failure = fail(call(ChatOperation.SEND_MESSAGE).body(new JsonObject()));
        assertThat(failure.kind()).isEqualTo(Kind.THROTTLED);
        assertThat(failure.retryAfterMs()).isEqualTo(7_000);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void no_connection_is_opened() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        service = client(URI.create("http://127.0.0.1:" + port), 1_000, 0);
        ChatServiceException failure = fail(call(ChatOperation.SEND_MESSAGE).body(new JsonObject()));
        assertThat(failure.kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(failure.status()).isEqualTo(503);
    }

    @Test
    void errors_are_read_in_each_known_form() {
        for (String name : List.of("error", "Error", "CommunicationError")) {
            JsonObject error = new JsonObject()
                    .put("Code", "Forbidden")
                    .put("Message", "no")
                    .put("Details", new JsonArray().add(new JsonObject().put("Code", "x")))
                    .put("trace", "secret");
            server.then(ScriptedService.json(403, new JsonObject().put(name, error)));
            ChatServiceException failure = fail(call(ChatOperation.GET_THREAD));
            assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
            assertThat(failure.code()).isEqualTo("Forbidden");
            assertThat(failure).hasMessage("no");
            assertThat(failure.error())
                    .isEqualTo(new JsonObject()
                            .put("code", "Forbidden")
                            .put("message", "no")
                            .put("details", new JsonArray().add(new JsonObject().put("code", "x"))));
        }
        server.then(ScriptedService.text(404, "<html>not here</html>"));
        assertThat(fail(call(ChatOperation.GET_THREAD)).code()).isEqualTo("NotFound");
        server.then(ScriptedService.text(401, "", "Retry-After", "1"));
        assertThat(fail(call(ChatOperation.GET_THREAD)).kind()).isEqualTo(Kind.REFUSED);
    }

    @Test
    void answer_that_is_no_json_fails() {
        server.then(ScriptedService.text(201, "<html>"));
        assertThat(fail(call(ChatOperation.SEND_MESSAGE).body(new JsonObject())).kind())
                .isEqualTo(Kind.IN_DOUBT);
        server.otherwise(ScriptedService.text(200, "[1,"));
        service = client(server.endpoint(), 2_000, 0);
        assertThat(fail(call(ChatOperation.GET_THREAD)).status()).isEqualTo(502);
    }

    @Test
    void a_redirect_is_not_followed_with_the_token() {
        server.then(ScriptedService.text(302, "", "Location", "http://127.0.0.1:1/"));
        service = client(server.endpoint(), 2_000, 0);
        assertThat(fail(call(ChatOperation.GET_THREAD)).kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void an_endless_answer_is_cut_off() {
        service = client(server.endpoint(), 20_000, 0);
        server.then(request -> {
            request.response().setChunked(true);
            byte[] mebibyte = new byte[1 << 20];
            for (int i = 0; i < 20; i++) {
                request.response().write(io.vertx.core.buffer.Buffer.buffer(mebibyte));
            }
            request.response().end();
        });
        ChatServiceException failure = fail(call(ChatOperation.GET_THREAD));
        assertThat(failure.status()).isEqualTo(502);
        assertThat(failure).hasMessageContaining("longer than");
    }

    @Test
    void identifiers_that_change_the_path_are_refused() {
        ChatServiceException failure =
                fail(ChatCall.of(ChatOperation.GET_THREAD, Tokens.of("a"), "..", Priority.HISTORY));
        assertThat(failure.kind()).isEqualTo(Kind.REFUSED);
        assertThat(failure.status()).isEqualTo(400);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void full_window_refuses_and_names_the_limit() {
        for (int i = 0; i < 10; i++) {
            get(service.call(call(ChatOperation.LIST_PARTICIPANTS)));
        }
        ChatServiceException failure = fail(call(ChatOperation.LIST_PARTICIPANTS));
        assertThat(failure.kind()).isEqualTo(Kind.THROTTLED);
        assertThat(failure.status()).isEqualTo(429);
        assertThat(failure.retryAfterMs()).isBetween(1L, 10_200L);
        assertThat(failure).hasMessageContaining("listParticipants: 10 calls in 10 s per user and thread");
        assertThat(server.requests()).hasSize(10);
        assertThat(service.earliestMs(ChatOperation.LIST_PARTICIPANTS, "8:acs:a", THREAD, Priority.POLL))
                .isPositive();
    }

    @Test
    void completes_on_the_callers_context() {
        Context context = vertx.getOrCreateContext();
        Promise<Boolean> same = Promise.promise();
        server.then(ScriptedService.error(429, "TooManyRequests", "retry-after-ms", "10"));
        context.runOnContext(v -> service.call(call(ChatOperation.GET_THREAD))
                .onComplete(r -> same.complete(Vertx.currentContext() == context)));
        assertThat(get(same.future())).isTrue();
    }

    @Test
    void close_fails_what_waits() {
        server.then(ScriptedService.error(429, "TooManyRequests", "retry-after-ms", "1900"));
        Future<ChatService.Reply> waiting = service.call(call(ChatOperation.GET_THREAD));
        org.awaitility.Awaitility.await().until(() -> server.requests().size() == 1);
        service.close();
        assertThat(failure(waiting).kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(fail(call(ChatOperation.GET_THREAD))).hasMessageContaining("stopping");
    }

    private ChatCall call(ChatOperation operation) {
        return ChatCall.of(operation, Tokens.of("a"), THREAD, Priority.SEND);
    }

    private WebChatService client(URI endpoint, int timeoutMs, int retries) {
        return new WebChatService(
                vertx,
                new UpstreamOptions(
                        endpoint, "2025-03-15", TrustedAuthorities.with(List.of()), 8, 1_000, timeoutMs, retries, 100),
                new RateLimiter(RateWindows.published()),
                new GatewayMetrics(registry),
                Timers.of(vertx),
                Clock.systemUTC(),
                new Random(1),
                Tracer.NONE);
    }

    private ChatServiceException fail(ChatCall call) {
        return failure(service.call(call));
    }

    private static ChatServiceException failure(Future<?> future) {
        return catchThrowableOfType(ChatServiceException.class, () -> get(future));
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.await(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
