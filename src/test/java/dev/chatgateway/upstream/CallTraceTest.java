package dev.chatgateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tracing.Span;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.client.TrustedAuthorities;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.client.WebChatService;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the service hears of a trace, and what the log says of a call that failed. */
class CallTraceTest {
    private final Vertx vertx = Vertx.vertx();
    private final Logger logger = (Logger) LoggerFactory.getLogger(WebChatService.class);
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }
    };
    private ScriptedService server;
    private Tracer tracer;
    private WebChatService service;

    @BeforeEach
    void start() throws Exception {
        appender.setContext(logger.getLoggerContext());
        appender.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(appender);
        System.setProperty("otel.traces.exporter", "none");
        tracer = Tracing.of(new GatewayConfig.Tracing(true));
        server = new ScriptedService(vertx);
        service = client(tracer);
    }

    @AfterEach
    void stop() throws Exception {
        System.clearProperty("otel.traces.exporter");
        logger.detachAppender(appender);
        logger.setLevel(null);
        service.close();
        server.close();
        tracer.close().await(30, TimeUnit.SECONDS);
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void each_attempt_is_a_span_of_the_callers_trace() throws Exception {
        server.then(ScriptedService.error(429, "TooManyRequests", "retry-after-ms", "10"));
        Span command = tracer.command("getChatThread");

        Future<Span> after = command.get(() -> service.call(call()).map(r -> tracer.current()));
        assertThat(after.await(30, TimeUnit.SECONDS)).isSameAs(command);

        assertThat(server.requests()).hasSize(2);
        assertThat(server.requests())
                .allMatch(r -> trace(r).equals(command.traceId()))
                .extracting(r -> r.headers().get("traceparent"))
                .doesNotHaveDuplicates()
                .doesNotContain(command.traceparent());
        assertThat(server.requests())
                .extracting(r -> r.headers().get("x-ms-client-request-id"))
                .containsOnly(server.requests().get(0).headers().get("x-ms-client-request-id"));
        assertThat(tracer.current().traceId()).isEmpty();
    }

    @Test
    void failed_call_is_logged_with_request_and_trace() {
        server.otherwise(ScriptedService.error(503, "ServiceUnavailable", "retry-after-ms", "1"));

        assertThat(fails(service)).isTrue();

        Map<String, String> sent = server.requests().get(0).headers();
        assertThat(lines.get(0))
                .isEqualTo("getThread failed: status 503, attempt 1, request " + sent.get("x-ms-client-request-id")
                        + ", trace " + sent.get("traceparent").substring(3, 35))
                .doesNotContain("19:");
    }

    @Test
    void call_without_traces_has_no_header_and_logs_none() {
        server.otherwise(ScriptedService.error(503, "ServiceUnavailable", "retry-after-ms", "1"));
        WebChatService untraced = client(Tracer.NONE);

        assertThat(fails(untraced)).isTrue();

        assertThat(server.requests()).noneMatch(r -> r.headers().containsKey("traceparent"));
        assertThat(lines.get(0)).endsWith(", trace none");
        untraced.close();
    }

    private static boolean fails(WebChatService service) {
        try {
            service.call(call()).await(30, TimeUnit.SECONDS);
            return false;
        } catch (ChatServiceException | java.util.concurrent.TimeoutException e) {
            return e instanceof ChatServiceException;
        }
    }

    private static ChatCall call() {
        return ChatCall.of(ChatOperation.GET_THREAD, Tokens.of("a"), "19:t@thread.v2", Priority.HISTORY);
    }

    private static String trace(ScriptedService.Request request) {
        return request.headers().get("traceparent").substring(3, 35);
    }

    private WebChatService client(Tracer tracer) {
        return new WebChatService(
                vertx,
                new UpstreamOptions(
                        server.endpoint(), "2025-03-15", TrustedAuthorities.with(List.of()), 8, 5_000, 5_000, 3, 100),
                new RateLimiter(RateWindows.published()),
                new GatewayMetrics(new io.micrometer.core.instrument.simple.SimpleMeterRegistry()),
                Timers.of(vertx, tracer),
                Clock.systemUTC(),
                new Random(1),
                tracer);
    }
}
