package dev.chatgateway.upstream;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.client.TrustedAuthorities;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.client.WebChatService;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Waits of calls, in virtual time; the random numbers are always the largest. */
class RetryTest {
    private static final int TIMEOUT_MS = 10_000;

    private final Vertx vertx = Vertx.vertx();
    private final VirtualTimers timers = new VirtualTimers();
    private ScriptedService server;
    private WebChatService service;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedService(vertx);
        service = new WebChatService(
                vertx,
                new UpstreamOptions(
                        server.endpoint(),
                        "2025-03-15",
                        TrustedAuthorities.with(List.of()),
                        8,
                        5_000,
                        TIMEOUT_MS,
                        3,
                        100),
                new RateLimiter(RateWindows.published()),
                new GatewayMetrics(new SimpleMeterRegistry()),
                timers,
                Clock.systemUTC(),
                new Largest(),
                Tracer.NONE);
    }

    @AfterEach
    void stop() {
        service.close();
        get(vertx.close());
    }

    @Test
    void wait_without_a_header_doubles_until_the_last_retry() {
        server.otherwise(ScriptedService.error(503, "ServiceUnavailable"));
        Future<ChatService.Reply> call = service.call(call(ChatOperation.SEND_MESSAGE));
        List<Long> waits = new ArrayList<>();
        for (int retry = 1; retry <= 3; retry++) {
            int requests = retry;
            await().until(() -> server.requests().size() == requests && onlyARetryIsPending());
            waits.add(timers.pending().get(0));
            timers.advance(waits.get(retry - 1));
        }
        await().until(call::isComplete);
        assertThat(waits).containsExactly(1_000L, 2_000L, 4_000L);
        assertThat(server.requests()).hasSize(4);
        assertThat(((ChatServiceException) call.cause()).kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(timers.pending()).isEmpty();
    }

    @Test
    void a_429_without_a_header_is_waited_for_two_seconds_altogether() {
        server.otherwise(ScriptedService.error(429, "TooManyRequests"));
        Future<ChatService.Reply> call = service.call(call(ChatOperation.SEND_MESSAGE));
        await().until(() -> server.requests().size() == 1 && onlyARetryIsPending());
        assertThat(timers.pending()).containsExactly(1_000L);
        timers.advance(1_000);
        await().until(call::isComplete);
        ChatServiceException failure = (ChatServiceException) call.cause();
        assertThat(failure.kind()).isEqualTo(Kind.THROTTLED);
        assertThat(failure.retryAfterMs()).isEqualTo(2_000);
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void call_of_a_closed_connection_is_not_repeated() {
        server.otherwise(ScriptedService.error(429, "TooManyRequests"));
        AtomicBoolean wanted = new AtomicBoolean(true);
        Future<ChatService.Reply> call =
                service.call(call(ChatOperation.SEND_MESSAGE).whileWanted(wanted::get));
        await().until(() -> server.requests().size() == 1 && onlyARetryIsPending());
        wanted.set(false);
        timers.advance(1_000);
        await().until(call::isComplete);
        assertThat(((ChatServiceException) call.cause()).kind()).isEqualTo(Kind.UNAVAILABLE);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void call_of_a_closed_connection_does_not_wait_for_a_window() {
        server.otherwise(ScriptedService.json(201, new JsonObject().put("id", "1")));
        for (int i = 0; i < 10; i++) {
            get(service.call(call(ChatOperation.SEND_MESSAGE)));
        }
        timers.advance(9_000);
        AtomicBoolean wanted = new AtomicBoolean(true);
        Future<ChatService.Reply> waiting =
                service.call(call(ChatOperation.SEND_MESSAGE).whileWanted(wanted::get));
        await().until(() -> !timers.pending().isEmpty());
        wanted.set(false);
        timers.advance(1_200);
        await().until(waiting::isComplete);
        assertThat(waiting.failed()).isTrue();
        assertThat(server.requests()).hasSize(10);
        // Its permit was given back.
        assertThat(get(service.call(call(ChatOperation.SEND_MESSAGE))).status()).isEqualTo(201);
    }

    @Test
    void call_waits_for_a_full_window_two_seconds_at_most() {
        server.otherwise(ScriptedService.json(201, new JsonObject().put("id", "1")));
        for (int i = 0; i < 10; i++) {
            get(service.call(call(ChatOperation.SEND_MESSAGE)));
        }
        timers.advance(9_000);
        Future<ChatService.Reply> waits = service.call(call(ChatOperation.SEND_MESSAGE));
        await().until(() -> !timers.pending().isEmpty());
        assertThat(timers.pending()).containsExactly(1_200L);
        assertThat(server.requests()).hasSize(10);
        timers.advance(1_200);
        assertThat(get(waits).status()).isEqualTo(201);
    }

    @Test
    void throttled_poll_fails_at_once_with_its_retry_time() {
        server.then(ScriptedService.error(429, "TooManyRequests", "Retry-After", "1"));
        ChatCall poll = ChatCall.of(ChatOperation.LIST_MESSAGES, Tokens.of("a"), "t", Priority.POLL);
        Future<ChatService.Reply> call = service.call(poll);
        await().until(call::isComplete);
        assertThat(((ChatServiceException) call.cause()).retryAfterMs()).isEqualTo(1_000);
        assertThat(service.earliestMs(poll.operation(), "8:acs:a", "t", Priority.POLL))
                .isEqualTo(1_000);
        Future<ChatService.Reply> tooEarly = service.call(poll);
        await().until(tooEarly::isComplete);
        assertThat(((ChatServiceException) tooEarly.cause()).retryAfterMs()).isEqualTo(1_000);
        assertThat(server.requests()).hasSize(1);
        timers.advance(1_000);
        assertThat(get(service.call(poll)).status()).isEqualTo(200);
    }

    @Test
    void retry_headers_are_read_in_the_official_order() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        assertThat(RetryAfter.millis(headers, now)).isEqualTo(-1);
        headers.set("Retry-After", "Thu, 01 Jan 2026 00:00:07 GMT");
        assertThat(RetryAfter.millis(headers, now)).isEqualTo(7_000);
        headers.set("retry-after", "3");
        assertThat(RetryAfter.millis(headers, now)).isEqualTo(3_000);
        headers.set("x-ms-retry-after-ms", "250");
        assertThat(RetryAfter.millis(headers, now)).isEqualTo(250);
        headers.set("Retry-After-Ms", "120");
        assertThat(RetryAfter.millis(headers, now)).isEqualTo(120);
        headers.clear().set("Retry-After", "soon");
        assertThat(RetryAfter.millis(headers, now)).isEqualTo(-1);
        headers.set("Retry-After", "999999999");
        assertThat(RetryAfter.millis(headers, now)).isEqualTo(RetryAfter.MAX_MS);
    }

    /** The time limit of an attempt is a timer too, and is gone once the attempt has ended. */
    private boolean onlyARetryIsPending() {
        return timers.pending().size() == 1 && timers.pending().get(0) < TIMEOUT_MS;
    }

    private static ChatCall call(ChatOperation operation) {
        return ChatCall.of(operation, Tokens.of("a"), "t", Priority.SEND).body(new JsonObject().put("content", "x"));
    }

    /** Jitter at its largest. */
    private static final class Largest implements RandomGenerator {
        @Override
        public long nextLong() {
            return -1;
        }

        @Override
        public long nextLong(long bound) {
            return bound - 1;
        }
    }
}
