package dev.chatgateway.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.Management;
import dev.chatgateway.testing.ServiceUser;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a collector of OpenTelemetry gets of a gateway at work, and what the chat service hears of it. */
class TracingIT {
    private static final String SECRET_TEXT = "a text that no collector may see";

    @RegisterExtension
    @Order(1)
    static final Collector COLLECTOR = new Collector();

    @RegisterExtension
    @Order(2)
    static final GatewayExtension SERVICE = new GatewayExtension().with("embedded.rateLimits", "off");

    @RegisterExtension
    @Order(3)
    static final ServiceRelay RELAY = new ServiceRelay(SERVICE);

    @RegisterExtension
    @Order(4)
    static final GatewayExtension TRACED = new GatewayExtension()
            .with("upstream.endpoint", RELAY.endpoint())
            .with("logging.level", "info")
            .with("tracing.enabled", "true");

    @RegisterExtension
    @Order(5)
    static final GatewayExtension UNTRACED = new GatewayExtension().with("upstream.endpoint", RELAY.endpoint());

    private final ServiceUser ann = ServiceUser.create(SERVICE);
    private final String thread = ann.createThread("Lunch");
    private final JsonObject on = new JsonObject().put("threadId", thread);

    @Test
    void request_call_and_poll_are_connected() {
        try (ChatSocket socket = subscribed(TRACED)) {
            String id = send(socket, SECRET_TEXT);
            socket.event("chatMessageReceived", e -> id.equals(e.getString("id", id)));

            Span[] found = new Span[3];
            eventually(() -> {
                found[1] = call("sendMessage", messages());
                found[0] = one(COLLECTOR.spans(s -> s.getSpanId().equals(found[1].getParentSpanId())));
                found[2] = first(COLLECTOR.spans(s -> s.getName().equals("poll")
                        && s.getLinksList().stream()
                                .anyMatch(link -> link.getSpanId().equals(found[0].getSpanId()))));
            });
            Span command = found[0];
            Span call = found[1];
            Span poll = found[2];
            assertThat(command.getName()).isEqualTo("sendMessage");
            assertThat(command.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
            assertThat(command.getParentSpanId().isEmpty()).isTrue();
            assertThat(Collector.words(command.getAttributesList()))
                    .containsEntry("rpc.method", "sendMessage")
                    .containsEntry("chatgateway.outcome", "ok");
            assertThat(call.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
            assertThat(call.getTraceId()).isEqualTo(command.getTraceId());
            assertThat(Collector.words(call.getAttributesList()))
                    .containsEntry("http.response.status_code", "201")
                    .containsEntry("http.request.resend_count", "0")
                    .containsKey("chatgateway.request_id");
            assertThat(poll.getTraceId()).isNotEqualTo(command.getTraceId());
            assertThat(poll.getLinks(0).getTraceId()).isEqualTo(command.getTraceId());
            assertThat(Collector.words(poll.getAttributesList()))
                    .containsEntry("chatgateway.poll.heat", "hot")
                    .containsKeys("chatgateway.outcome", "chatgateway.poll.events");
            eventually(() -> assertThat(COLLECTOR.spans(s -> s.getParentSpanId().equals(poll.getSpanId())))
                    .anyMatch(s -> s.getName().equals("listMessages"))
                    .allMatch(s ->
                            RELAY.asked().stream().anyMatch(asked -> header(s).equals(asked.traceparent()))));
        }
    }

    @Test
    void queued_requests_keep_their_own_traces() {
        try (ChatSocket socket = subscribed(TRACED)) {
            JsonArray batch = new JsonArray();
            for (int i = 1; i <= 5; i++) {
                batch.add(request(100 + i, "sendMessage", on.copy().put("content", "m" + i)));
            }
            socket.sendText(batch.encode());
            assertThat(socket.batchAnswer()).hasSize(5);

            eventually(() -> {
                List<Span> calls = COLLECTOR.spans(s -> s.getName().equals("sendMessage")
                        && s.getKind() == Span.SpanKind.SPAN_KIND_CLIENT
                        && messages().test(header(s)));
                assertThat(calls).hasSize(5);
                assertThat(calls).extracting(Span::getTraceId).doesNotHaveDuplicates();
                assertThat(calls).extracting(Span::getParentSpanId).doesNotHaveDuplicates();
            });
        }
    }

    @Test
    void calls_of_a_subscription_are_part_of_its_trace() {
        try (ChatSocket socket = ChatSocket.signIn(TRACED, ann)) {
            socket.call("subscribe", on.copy().put("limit", 20));

            eventually(() -> assertThat(COLLECTOR.spans(s ->
                            s.getName().equals("listMessages") && messages().test(header(s))))
                    .extracting(call -> COLLECTOR.spans(s -> s.getSpanId().equals(call.getParentSpanId())))
                    .anyMatch(parents ->
                            parents.stream().anyMatch(p -> p.getName().equals("subscribe"))));
        }
    }

    @Test
    void spans_contain_no_user_thread_token_or_text() {
        try (ChatSocket socket = subscribed(TRACED)) {
            send(socket, SECRET_TEXT);
            socket.refused("sendMessage", on.copy().put("content", 7));
            eventually(() -> assertThat(COLLECTOR.spans(s -> s.getName().equals("sendMessage")
                            && "-32602"
                                    .equals(Collector.words(s.getAttributesList())
                                            .get("chatgateway.outcome"))))
                    .isNotEmpty());

            assertThat(COLLECTOR.text())
                    .doesNotContain(SECRET_TEXT)
                    .doesNotContain(ann.token())
                    .doesNotContain(ann.id())
                    .doesNotContain(thread)
                    .doesNotContain("acs:")
                    .doesNotContain("Bearer");
            assertThat(COLLECTOR.resource())
                    .containsEntry("service.name", "chat-gateway")
                    .containsEntry("deployment.environment", "test");
        }
    }

    @Test
    void histograms_have_exemplars_with_trace_ids() {
        try (ChatSocket socket = subscribed(TRACED)) {
            send(socket, "x");
            Management management = new Management(TRACED);
            Pattern exemplar = Pattern.compile(".*} \\S+ # \\{(.*)} .*");

            for (String name : List.of("requests", "poll", "upstream_requests")) {
                eventually(() -> {
                    String page = management
                            .get("/metrics", "Accept", "application/openmetrics-text; version=1.0.0")
                            .body();
                    Set<String> traces = page.lines()
                            .filter(line -> line.startsWith("chatgateway_" + name + "_seconds_bucket"))
                            .map(exemplar::matcher)
                            .filter(Matcher::matches)
                            .map(m -> m.group(1).replaceAll(".*trace_id=\"(\\w+)\".*", "$1"))
                            .collect(Collectors.toSet());
                    assertThat(traces).as(name).isNotEmpty();
                    assertThat(traces)
                            .isSubsetOf(COLLECTOR.spans(s -> true).stream()
                                    .map(s -> Collector.hex(s.getTraceId()))
                                    .toList());
                });
            }
            assertThat(management.get("/metrics").body()).doesNotContain("trace_id");
            eventually(() -> assertThat(management.get("/metrics").body())
                    .containsPattern("chatgateway_spans_total\\{outcome=\"exported\"} [1-9]")
                    .contains("chatgateway_spans_total{outcome=\"dropped\"} 0"));
        }
    }

    @Test
    void proxied_call_has_its_own_trace_or_that_of_the_client() throws Exception {
        String theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assertThat(post("mine")).isEqualTo(201);
        assertThat(post("theirs", "traceparent", theirs)).isEqualTo(201);

        assertThat(asked()).contains(theirs);
        eventually(() -> {
            Span span = call("sendMessage", messages());
            assertThat(span.getParentSpanId().isEmpty()).isTrue();
        });
    }

    @Test
    void calls_without_tracing_have_no_traceparent() {
        try (ChatSocket socket = subscribed(UNTRACED)) {
            String id = send(socket, "x");
            socket.event("chatMessageReceived", e -> id.equals(e.getString("id", id)));

            assertThat(RELAY.asked().stream().filter(a -> a.path().contains(thread)))
                    .hasSizeGreaterThan(2)
                    .allMatch(a -> a.traceparent() == null);
            assertThat(new Management(UNTRACED)
                            .get("/metrics", "Accept", "application/openmetrics-text")
                            .body())
                    .contains("chatgateway_requests_seconds_bucket")
                    .doesNotContain("trace_id");
        }
    }

    private int post(String content, String... headers) throws Exception {
        URI uri = TRACED.endpoints().http().resolve(ServiceUser.thread(thread) + "/messages?api-version=2025-03-15");
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + ann.token())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        new JsonObject().put("content", content).encode()));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient()
                .send(request.build(), HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private ChatSocket subscribed(GatewayExtension gateway) {
        ChatSocket socket = ChatSocket.signIn(gateway, ann);
        socket.call("subscribe", on);
        return socket;
    }

    private String send(ChatSocket socket, String content) {
        return socket.call("sendMessage", on.copy().put("content", content)).getString("id");
    }

    private static JsonObject request(int id, String method, JsonObject params) {
        return new JsonObject(Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", params));
    }

    /** The headers of this test's requests for messages. */
    private List<String> asked() {
        return RELAY.asked().stream()
                .filter(a -> a.path().endsWith(thread + "/messages"))
                .map(ServiceRelay.Asked::traceparent)
                .toList();
    }

    private Predicate<String> messages() {
        return asked()::contains;
    }

    private static Span call(String name, Predicate<String> headers) {
        return one(COLLECTOR.spans(s ->
                s.getName().equals(name) && s.getKind() == Span.SpanKind.SPAN_KIND_CLIENT && headers.test(header(s))));
    }

    private static Span one(List<Span> spans) {
        assertThat(spans).hasSize(1);
        return spans.get(0);
    }

    private static Span first(List<Span> spans) {
        assertThat(spans).isNotEmpty();
        return spans.get(0);
    }

    private static String header(Span span) {
        return "00-" + Collector.hex(span.getTraceId()) + "-" + Collector.hex(span.getSpanId())
                + "-%02x".formatted(span.getFlags() & 0xff);
    }

    private static void eventually(ThrowingRunnable holds) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(holds);
    }
}
