package dev.chatgateway.socket.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.EventStream;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events over cuts: each one arrives once, in its order, whatever the cut hits. */
class StreamCutsIT {
    private static final int CUTS = 20;
    private static final int BURST = 7;
    private static final int MESSAGES = (CUTS + 1) * BURST;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final ServiceUser ben = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("cuts", ben);
    private final Random random = new Random(7);

    private CompletableFuture<Void> write(int from, int count) {
        return CompletableFuture.runAsync(
                () -> IntStream.range(from, from + count).forEach(i -> ben.send(thread, "m" + i)));
    }

    private static List<String> expected() {
        return IntStream.range(0, MESSAGES).mapToObj(i -> "m" + i).toList();
    }

    @Test
    void event_stream_loses_and_repeats_nothing_over_cuts() {
        String path = "/threads/" + URLEncoder.encode(thread, StandardCharsets.UTF_8) + "/events?events=messages";
        List<String> got = new ArrayList<>();
        String last = "";
        for (int cut = 0; cut <= CUTS; cut++) {
            int from = cut * BURST;
            try (EventStream stream = EventStream.get(GATEWAY, ann, path, "Last-Event-ID", last)) {
                assertThat(stream.event("subscribed", e -> true).data().getString("recovered"))
                        .isEqualTo("complete");
                CompletableFuture<Void> written = write(from, BURST);
                int awaited = from + (cut == CUTS ? BURST - 1 : random.nextInt(BURST));
                stream.event("chatMessageReceived", e -> ("m" + awaited).equals(e.getString("message")));
                // What arrived before the cut counts; more may be under way.
                for (EventStream.Event event : stream.events()) {
                    last = event.id().isEmpty() ? last : event.id();
                    if (event.event().equals("chatMessageReceived")) {
                        got.add(event.data().getString("message"));
                    }
                }
                stream.close();
                assertThat(written).succeedsWithin(Duration.ofSeconds(20));
            }
        }
        assertThat(got).isEqualTo(expected());
    }

    @Test
    void long_polls_lose_and_repeat_nothing() {
        JsonObject subscription =
                new JsonObject().put("threadId", thread).put("events", new JsonArray().add("messages"));
        JsonObject body = new JsonObject().put("subscriptions", new JsonArray().add(subscription));
        subscription.put("cursor", cursor(EventStream.poll(GATEWAY, ann, body)));
        List<String> got = new ArrayList<>();
        CompletableFuture<Void> written = write(0, MESSAGES);
        while (got.size() < MESSAGES) {
            JsonObject answer = EventStream.poll(GATEWAY, ann, body);
            if (random.nextInt(4) == 0) {
                // The response is lost on its way: the client asks again from where it is.
                continue;
            }
            answer.getJsonArray("notifications")
                    .forEach(n ->
                            got.add(((JsonObject) n).getJsonObject("params").getString("message")));
            subscription.put("cursor", cursor(answer));
        }
        assertThat(got).isEqualTo(expected());
        assertThat(written).succeedsWithin(Duration.ofSeconds(20));
    }

    private String cursor(JsonObject answer) {
        return answer.getJsonObject("cursors").getString(thread);
    }
}
