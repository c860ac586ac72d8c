package dev.chatgateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.chatgateway.chatproxy.PageCollector;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.upstream.ScriptedService;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** {@code /chat/*} of a gateway in front of a scripted service. */
class ChatProxyFaultsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String THREAD = "/chat/threads/19%3aA%2Db@thread.v2";
    private static final String IMAGE = THREAD + "/images/1/views/original";
    private static final Vertx VERTX = Vertx.vertx();
    private static final ScriptedService SERVICE = service();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("upstream.endpoint", SERVICE.endpoint().toString())
            .with("upstream.timeoutMs", "3000")
            .with("ledger.unprovenCalls", "8")
            .with("http.trustedProxies", "127.0.0.1");

    private final ChatRest chat = ChatRest.plainHttp(GATEWAY);
    private final String token = Tokens.of("user" + System.nanoTime()).secret();

    private static ScriptedService service() {
        try {
            return new ScriptedService(VERTX);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void prove() {
        // Proves the token, so that the script serves only the calls of the test.
        SERVICE.otherwise(ScriptedService.json(200, new JsonObject()));
        assertThat(chat.call("GET", ChatRest.CREATE, token, null).statusCode()).isEqualTo(200);
        // Proves that the user takes part in the thread.
        assertThat(chat.call("GET", THREAD + "/messages", token, null).statusCode())
                .isEqualTo(200);
        SERVICE.requests().clear();
    }

    @AfterAll
    static void stop() {
        SERVICE.close();
        VERTX.close();
    }

    @Test
    void path_and_query_are_kept_and_headers_are_filtered() {
        String target = THREAD + "/messages?startTime=2024-01-01T00:00:00%2B01:00&x=%e2%9c%93&y&z=a+b&api-version=1";
        SERVICE.then(ScriptedService.json(
                200,
                new JsonObject(),
                "MS-CV",
                "abc",
                "Strict-Transport-Security",
                "max-age=1",
                "Set-Cookie",
                "a=b",
                "Keep-Alive",
                "timeout=1",
                "Access-Control-Allow-Origin",
                "*",
                "x-ms-custom",
                "1",
                "X-Azure-Ref",
                "2"));
        HttpResponse<String> response = chat.call(
                "GET",
                target,
                token,
                null,
                "x-ms-useragent",
                "azsdk",
                "Cookie",
                "session=1",
                "X-Forwarded-For",
                "192.0.2.9",
                "Referer",
                "https://page.example/secret",
                "traceparent",
                "00-1-1-00",
                "TE",
                "trailers");

        ScriptedService.Request seen = SERVICE.requests().get(0);
        assertThat(seen.target()).isEqualTo(target);
        assertThat(seen.headers())
                .containsEntry("x-ms-useragent", "azsdk")
                .containsEntry("traceparent", "00-1-1-00")
                .containsEntry("authorization", "Bearer " + token)
                .containsEntry("host", SERVICE.endpoint().getAuthority())
                .doesNotContainKeys("cookie", "referer", "x-forwarded-for", "te", "accept-encoding");
        assertThat(response.headers().map())
                .containsKeys("ms-cv", "x-ms-custom", "x-azure-ref")
                .doesNotContainKeys(
                        "strict-transport-security", "set-cookie", "keep-alive", "access-control-allow-origin");
    }

    @Test
    void bodies_are_forwarded_unchanged_with_their_type() {
        String body = "{\"content\":\"\u00fc\uD83D\uDE00\",  \"n\":1.0}";
        SERVICE.then(ScriptedService.json(201, new JsonObject().put("id", "1"), "Location", "/elsewhere"));
        HttpResponse<String> response = chat.call("POST", THREAD + "/messages?api-version=1", token, body);

        assertThat(response.statusCode()).isEqualTo(201);
        assertThat(response.headers().firstValue("Location")).contains("/elsewhere");
        assertThat(SERVICE.requests().get(0).body().toString(StandardCharsets.UTF_8))
                .isEqualTo(body);
        assertThat(SERVICE.requests().get(0).headers()).containsEntry("content-type", "application/json");
    }

    @Test
    void response_is_streamed_at_the_clients_speed() throws Exception {
        byte[] chunk = new byte[64 * 1024];
        int chunks = 640;
        AtomicLong written = new AtomicLong();
        SERVICE.then(request -> {
            request.response().setChunked(true);
            write(request, chunk, chunks, written);
        });
        HttpResponse<InputStream> response = chat.http().send(get(IMAGE), BodyHandlers.ofInputStream());
        // 40 MiB do not fit in any buffer: the service must wait for the client.
        try (InputStream in = response.body()) {
            assertThat(in.readNBytes(1000)).hasSize(1000);
            await().during(Duration.ofSeconds(2))
                    .atMost(LIMIT)
                    .until(() -> written.get() < (long) chunk.length * chunks);
            assertThat(in.readAllBytes()).hasSize(chunk.length * chunks - 1000);
        }
    }

    private static void write(HttpServerRequest request, byte[] chunk, int left, AtomicLong written) {
        if (left == 0) {
            request.response().end();
            return;
        }
        request.response().write(Buffer.buffer(chunk)).onSuccess(v -> {
            written.addAndGet(chunk.length);
            write(request, chunk, left - 1, written);
        });
    }

    @Test
    void client_disconnect_during_the_response_resets_the_call() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        SERVICE.then(request -> {
            request.response().closeHandler(v -> closed.set(true));
            request.response().setChunked(true).write("beginning");
        });
        try (Socket socket =
                open("GET " + IMAGE + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n")) {
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
        }
        await().atMost(LIMIT).untilTrue(closed);
    }

    @Test
    void client_disconnect_during_the_body_sends_nothing() throws Exception {
        int before = SERVICE.requests().size();
        try (Socket socket =
                open("POST " + THREAD + "/messages?api-version=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
                        + "Authorization: Bearer " + token + "\r\n\r\n{\"content\":")) {
            socket.shutdownOutput();
            // The gateway has seen the disconnect when it closes too. A forwarded call would be in progress by then.
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(chat.call("GET", THREAD, token, null).statusCode()).isEqualTo(200);
        assertThat(SERVICE.requests().subList(before, SERVICE.requests().size()))
                .allMatch(r -> r.method().equals("GET"));
    }

    @Test
    void body_that_does_not_arrive_is_answered_with_408() throws Exception {
        try (Socket socket =
                open("POST " + THREAD + "/messages?api-version=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
                        + "Authorization: Bearer " + token + "\r\n\r\n{\"content\":")) {
            String response = new String(socket.getInputStream().readNBytes(60), StandardCharsets.US_ASCII);
            assertThat(response).startsWith("HTTP/1.1 408");
        }
    }

    @Test
    void faults_of_the_service_are_errors_in_its_own_format() {
        SERVICE.then(ScriptedService.silence());
        refused(chat.call("GET", THREAD, token, null), 504, "GatewayTimeout");
        SERVICE.then(ScriptedService.drop());
        refused(chat.call("POST", THREAD + "/messages", token, "{}"), 504, "GatewayTimeout");
        SERVICE.then(ScriptedService.text(200, " ".repeat(PageCollector.PAGE_BYTES + 1)));
        refused(chat.call("GET", THREAD + "/messages", token, null), 502, "BadGateway");
        SERVICE.then(request -> request.response()
                .putHeader("Content-Length", "100")
                .write("{\"value\":[")
                .onSuccess(v -> request.connection().close()));
        refused(chat.call("GET", THREAD + "/messages", token, null), 502, "BadGateway");
        assertThat(chat.call("GET", THREAD, token, null).statusCode()).isEqualTo(200);
    }

    @Test
    void service_429_is_forwarded_and_pauses_the_rate_limiter() {
        // The series must exist before the first 429. Otherwise an alert sees no increase.
        double before = throttled();
        SERVICE.then(ScriptedService.error(429, "TooManyRequests", "Retry-After", "7"));
        HttpResponse<String> first = chat.call("GET", THREAD + "/participants", token, null);
        assertThat(first.statusCode()).isEqualTo(429);
        assertThat(first.headers().firstValue("Retry-After")).contains("7");
        assertThat(first.body()).contains("scripted");
        assertThat(throttled()).isEqualTo(before + 1);
        int asked = SERVICE.requests().size();

        HttpResponse<String> second = chat.call("GET", THREAD + "/participants", token, null);
        refused(second, 429, "TooManyRequests");
        assertThat(Integer.parseInt(second.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(3, 7);
        assertThat(SERVICE.requests()).hasSize(asked);
    }

    /** Regression: only failed calls of the gateway itself were logged. */
    @Test
    void failed_call_is_logged_with_the_clients_request_id() {
        List<String> lines = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event.getFormattedMessage());
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger("dev.chatgateway.chatproxy.ChatProxyExchange");
        appender.setContext(logger.getLoggerContext());
        appender.start();
        logger.addAppender(appender);
        try {
            for (String id : List.of("a1B2-c3", "x".repeat(64), "x".repeat(65), "two words", "{jndi}")) {
                SERVICE.then(ScriptedService.error(503, "ServiceUnavailable"));
                chat.call("GET", THREAD, token, null, "x-ms-client-request-id", id);
            }
            SERVICE.then(ScriptedService.drop());
            chat.call("POST", THREAD + "/messages", token, "{}");
            SERVICE.then(ScriptedService.error(404, "NotFound"));
            chat.call("GET", THREAD, token, null, "x-ms-client-request-id", "not-a-failure");
        } finally {
            logger.detachAppender(appender);
        }

        assertThat(lines)
                .containsExactly(
                        "getThread failed: status 503, attempt 1, request a1B2-c3, trace none",
                        "getThread failed: status 503, attempt 1, request " + "x".repeat(64) + ", trace none",
                        "getThread failed: status 503, attempt 1, request none, trace none",
                        "getThread failed: status 503, attempt 1, request none, trace none",
                        "getThread failed: status 503, attempt 1, request none, trace none",
                        "sendMessage failed: status none, attempt 1, request none, trace none");
    }

    @Test
    void forged_tokens_are_charged_to_their_address_only() {
        String forged = Tokens.of("victim" + System.nanoTime()).secret();
        SERVICE.otherwise(ScriptedService.error(401, "Unauthorized"));
        HttpResponse<String> response = null;
        int refused = 0;
        for (int i = 0; i < 20 && (response == null || response.statusCode() == 401); i++) {
            response = chat.call("GET", THREAD, forged, null, "X-Forwarded-For", "198.51.100.7");
            refused += response.statusCode() == 401 ? 1 : 0;
        }
        // Each costs two calls: the proof, and the call itself, whose error the client receives.
        assertThat(refused).isBetween(1, 4);
        refused(response, 429, "TooManyRequests");
        assertThat(response.body()).contains("unprovenTokens: 8 calls in 10 s per client address");

        SERVICE.otherwise(ScriptedService.json(200, new JsonObject()));
        assertThat(chat.call("GET", THREAD, forged, null, "X-Forwarded-For", "198.51.100.8")
                        .statusCode())
                .isEqualTo(200);
    }

    private static double throttled() {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_upstream_throttled_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static void refused(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(new JsonObject(response.body()).getJsonObject("error").getString("code"))
                .isEqualTo(code);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json; charset=utf-8");
    }

    private HttpRequest get(String target) {
        return HttpRequest.newBuilder(URI.create(chat.base() + target))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + token)
                .build();
    }

    private static Socket open(String request) throws IOException {
        Socket socket = new Socket("127.0.0.1", GATEWAY.endpoints().http().getPort());
        socket.setSoTimeout((int) LIMIT.toMillis());
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return socket;
    }
}
