package dev.chatgateway.socket.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.EventStream;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The end of a node, as streams see it. */
class StreamDrainIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("process.reconnectSeconds", "4");

    @Test
    void draining_node_asks_streams_to_reconnect_and_ends_them() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        try (EventStream stream = EventStream.get(GATEWAY, ann, "/inbox/events")) {
            stream.event("subscribedInbox", e -> true);
            CompletableFuture<JsonObject> poll = CompletableFuture.supplyAsync(() -> EventStream.poll(
                    GATEWAY, ann, new JsonObject().put("inbox", new JsonObject().put("cursor", cursor(stream)))));
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> GATEWAY.management("/metrics")
                    .contains("chatgateway_connections 2.0"));
            CompletableFuture<Void> stopped = GATEWAY.stop().toCompletableFuture();
            stream.event("reconnect", e -> "drain".equals(e.getString("reason")));
            assertThat(stream.event("closed", e -> true).data().getInteger("code"))
                    .isEqualTo(1012);
            stream.awaitEnd();
            assertThat(poll.orTimeout(20, TimeUnit.SECONDS).join().encode()).contains("\"reconnect\"");
            assertThat(stopped.orTimeout(20, TimeUnit.SECONDS)).succeedsWithin(Duration.ofSeconds(20));
        }
    }

    private static String cursor(EventStream stream) {
        return stream.events().get(0).id();
    }
}
