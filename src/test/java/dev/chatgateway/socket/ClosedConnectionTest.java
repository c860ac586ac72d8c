package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawSocket;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A closed connection leaves no subscription. */
class ClosedConnectionTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    private static String management(String path, HttpRequest.Builder request) {
        return HttpClient.newHttpClient()
                .sendAsync(
                        request.uri(GATEWAY.endpoints().management().resolve(path))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .orTimeout(30, TimeUnit.SECONDS)
                .join()
                .body();
    }

    private static String metrics() {
        return management("/metrics", HttpRequest.newBuilder());
    }

    private static String request(int id, String method, JsonObject params) {
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params)
                .encode();
    }

    /** Regression: the subscription was made after the close and stayed for ever. */
    @Test
    void waiting_subscribe_is_dropped_when_the_client_disconnects() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("gone");
        try (RawSocket socket = new RawSocket(GATEWAY)) {
            socket.call("authenticate", new JsonObject().put("token", ann.token()));
            HttpRequest.BodyPublisher slow = HttpRequest.BodyPublishers.ofString(
                    new JsonObject().put("latencyMs", 1_500).encode());
            management(
                    "/faults",
                    HttpRequest.newBuilder()
                            .header("Content-Type", "application/json")
                            .PUT(slow));
            JsonObject at = new JsonObject().put("threadId", thread);
            socket.send(request(8, "sendMessage", at.copy().put("content", "slow")));
            socket.send(request(9, "subscribe", at));
        }
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> metrics()
                .contains("chatgateway_requests_seconds_count{method=\"subscribe\""));
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(metrics())
                .contains("chatgateway_subscriptions 0.0")
                .contains("chatgateway_connections 0.0"));
    }
}
