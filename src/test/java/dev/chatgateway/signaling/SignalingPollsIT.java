package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.OffsetClock;
import dev.chatgateway.testing.ServiceUser;
import dev.chatgateway.testing.UsedSecrets;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Polling clients that are slow, idle or gone, and what a request may carry where. */
class SignalingPollsIT {
    private static final OffsetClock CLOCK = new OffsetClock();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with(CLOCK).with("embedded.rateLimits", "off");

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final ServiceUser user = ServiceUser.create(GATEWAY);

    @Test
    void token_in_the_query_is_refused() throws Exception {
        for (String name : new String[] {"X-Skypetoken", "skypetoken", "token", "access_token"}) {
            HttpResponse<String> answer = HTTP.send(
                    request("/v4/a?epid=e&" + name + "=" + user.token())
                            .POST(HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(name).isEqualTo(401);
            assertThat(answer.body()).doesNotContain(user.token());
        }
    }

    @Test
    void idle_poll_is_answered_and_a_silent_client_is_gone() throws Exception {
        String path = connect("idle");
        CompletableFuture<HttpResponse<String>> idle =
                HTTP.sendAsync(request(path).build(), HttpResponse.BodyHandlers.ofString());
        Awaitility.await().during(Duration.ofMillis(300)).until(() -> !idle.isDone());
        CLOCK.advance(Duration.ofSeconds(26));
        assertThat(idle.join().body()).isEqualTo("8::");
        CLOCK.advance(Duration.ofSeconds(46));
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> detached(user));
    }

    @Test
    void body_that_does_not_come_is_refused() throws IOException {
        URI origin = GATEWAY.endpoints().http();
        try (Socket socket = new Socket(origin.getHost(), origin.getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write(("POST /v4/a?epid=slow HTTP/1.1\r\nHost: " + origin.getAuthority() + "\r\nX-Skypetoken: "
                                    + user.token() + "\r\nContent-Length: 100\r\n\r\nsome")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] answer = new byte[12];
            int count = socket.getInputStream().readNBytes(answer, 0, answer.length);
            // Either limit may come first: that of these routes, or that of all requests.
            assertThat(count == 0 || new String(answer, StandardCharsets.US_ASCII).matches("HTTP/1.1 4(13|08)"))
                    .isTrue();
        }
    }

    @Test
    void long_body_is_refused() throws Exception {
        HttpResponse<String> answer = HTTP.send(
                request("/v4/a?epid=long")
                        .header("X-Skypetoken", user.token())
                        .POST(HttpRequest.BodyPublishers.ofString("x".repeat(70_000)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(413);
    }

    /** Connects by polling; returns the path of the polls. */
    private String connect(String id) throws Exception {
        HttpResponse<String> allocated = HTTP.send(
                request("/v4/a?epid=" + id)
                        .header("X-Skypetoken", user.token())
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String reference =
                new JsonObject(allocated.body()).getJsonObject("connectparams").getString("sr");
        UsedSecrets.note(reference);
        String query = "?epid=" + id + "&sr=" + reference;
        HttpResponse<String> handshake = HTTP.send(
                request("/socket.io/1/" + query)
                        .header("X-Skypetoken", user.token())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String path = "/socket.io/1/xhr-polling/" + handshake.body().split(":")[0] + query;
        HttpResponse<String> first = HTTP.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(first.body()).contains("trouter.connected");
        return path;
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(GATEWAY.endpoints().http().resolve(path)).timeout(Duration.ofSeconds(60));
    }

    private static boolean detached(ServiceUser user) {
        return new JsonObject(GATEWAY.management("/state?sessions=1000"))
                .getJsonObject("sessions").getJsonArray("value").stream()
                        .map(JsonObject.class::cast)
                        .filter(session -> session.getString("userId").equals(user.id()))
                        .allMatch(session -> session.getString("detachedOn") != null);
    }
}
