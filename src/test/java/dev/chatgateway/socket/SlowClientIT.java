package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.EventStream;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawSocket;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client that does not read does not delay others, uses bounded memory, and learns what it missed. */
class SlowClientIT {
    private static final int MESSAGES = 20;
    private static final int ROUNDS = 200;
    private static final int STREAM_ROUNDS = 40;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("management.ingest", "true")
            .with("limits.outboundBytes", "1048576")
            .with("limits.outboundSeconds", "20");

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("slow", ben);

    private static HttpResponse<String> management(HttpRequest.Builder request, String path) {
        return HttpClient.newHttpClient()
                .sendAsync(
                        request.uri(GATEWAY.endpoints().management().resolve(path))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    private void ingest(int round) {
        JsonArray contents = new JsonArray();
        for (int i = 0; i < MESSAGES; i++) {
            contents.add(round * MESSAGES + i + " " + "x".repeat(5_000));
        }
        String path = "/ingest/threads/" + thread.replace(":", "%3A").replace("@", "%40") + "/messages";
        HttpRequest.Builder post = HttpRequest.newBuilder()
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(contents.encode()));
        assertThat(management(post, path).statusCode()).isEqualTo(202);
    }

    private static JsonObject at(String threadId) {
        return new JsonObject().put("threadId", threadId);
    }

    private RawSocket subscribed() throws Exception {
        RawSocket slow = new RawSocket(GATEWAY);
        slow.call("authenticate", new JsonObject().put("token", ann.token()));
        slow.call("subscribe", at(thread));
        return slow;
    }

    @Test
    void slow_client_gets_a_resync_and_others_get_everything() throws Exception {
        try (RawSocket slow = subscribed();
                ChatSocket quick = ChatSocket.signIn(GATEWAY, ben)) {
            quick.call("subscribe", at(thread));
            for (int round = 0; round < ROUNDS; round++) {
                ingest(round);
                String last = (round + 1) * MESSAGES - 1 + " ";
                quick.event("chatMessageReceived", p -> p.getString("message").startsWith(last));
            }
            assertThat(quick.events("chatMessageReceived")).hasSize(ROUNDS * MESSAGES);
            assertThat(quick.events("resync")).isEmpty();

            long expected = 1;
            Optional<JsonObject> frame = slow.next();
            while (frame.isPresent() && !"resync".equals(frame.get().getString("method"))) {
                if ("chatMessageReceived".equals(frame.get().getString("method"))) {
                    assertThat(frame.get().getJsonObject("params").getLong("seq"))
                            .isEqualTo(expected++);
                }
                frame = slow.next();
            }
            assertThat(frame).as("before the connection is closed").isPresent();
            assertThat(frame.get().getJsonObject("params").getString("reason")).isEqualTo("overflow");
            assertThat(expected).as("fewer events arrived than were sent").isLessThan(ROUNDS * MESSAGES);
            assertThat(management(HttpRequest.newBuilder(), "/metrics").body())
                    .containsPattern(
                            "chatgateway_resyncs_total\\{cause=\"outboundQueue\",reason=\"overflow\"\\} [1-9]");
            assertThat(slow.call("subscribe", at(thread)).getString("recovered"))
                    .isEqualTo("complete");
        }
    }

    @Test
    void slow_event_stream_gets_a_resync_and_goes_on_by_itself() {
        String path = "/threads/" + URLEncoder.encode(thread, StandardCharsets.UTF_8) + "/events";
        var request = EventStream.request(GATEWAY, ann, path).build();
        try (EventStream slow = EventStream.openUnread(EventStream.http1(), request);
                ChatSocket quick = ChatSocket.signIn(GATEWAY, ben)) {
            quick.call("subscribe", at(thread));
            for (int round = 0; round < STREAM_ROUNDS; round++) {
                ingest(round);
            }
            String last = STREAM_ROUNDS * MESSAGES - 1 + " ";
            quick.event("chatMessageReceived", p -> p.getString("message").startsWith(last));
            assertThat(slow.status()).isEqualTo(200);
            slow.start();
            assertThat(slow.event("resync", e -> true).data().getString("reason"))
                    .isEqualTo("overflow");
            ingest(STREAM_ROUNDS);
            String after = STREAM_ROUNDS * MESSAGES + " ";
            slow.event("chatMessageReceived", p -> p.getString("message").startsWith(after));
            assertThat(slow.events())
                    .extracting(EventStream.Event::event)
                    .containsSubsequence("subscribed", "resync", "subscribed", "chatMessageReceived");
        }
    }

    @Test
    void client_that_reads_nothing_is_closed_with_4413() throws Exception {
        try (RawSocket slow = subscribed()) {
            for (int round = 0; round < ROUNDS; round++) {
                ingest(round);
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(120))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> management(HttpRequest.newBuilder(), "/metrics")
                            .body()
                            .contains("chatgateway_connections_closed_total{code=\"4413\"}"));
            assertThat(slow).isNotNull();
        }
    }
}
