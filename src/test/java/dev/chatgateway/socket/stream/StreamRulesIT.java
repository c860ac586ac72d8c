package dev.chatgateway.socket.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.EventStream;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Streams have the limits, checks and end of WebSockets. */
class StreamRulesIT {
    private static final int CONNECTIONS = 8;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("limits.pingSeconds", "1")
            .with("limits.idleSeconds", "5")
            .with("limits.connectionsPerUser", Integer.toString(CONNECTIONS))
            .with("http.origins", "https://good.example");

    private final List<EventStream> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(EventStream::close);
    }

    private EventStream inbox(ServiceUser user) {
        EventStream stream = EventStream.get(GATEWAY, user, "/inbox/events");
        opened.add(stream);
        return stream;
    }

    @Test
    void idle_stream_stays_open_by_comments() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        EventStream stream = inbox(ann);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> stream.comments().size() >= 6);
        assertThat(stream.events()).extracting(EventStream.Event::event).containsExactly("subscribedInbox");
    }

    @Test
    void streams_count_as_connections_of_their_user() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        for (int i = 0; i < CONNECTIONS; i++) {
            inbox(ann).event("subscribedInbox", e -> true);
        }
        assertThat(inbox(ann).status()).isEqualTo(429);
        assertThat(EventStream.exchange(GATEWAY, ann, "/rpc", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}")
                        .statusCode())
                .as("a request is no connection")
                .isEqualTo(200);
        opened.remove(0).close();
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> inbox(ann).status() == 200);
        assertThat(GATEWAY.management("/metrics")).contains("chatgateway_connections_closed_total{code=\"1006\"}");
    }

    @Test
    void foreign_pages_and_tokens_in_the_address_are_refused() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        HttpResponse<String> preflight = send(uri("/inbox/events"), "OPTIONS", "Origin", "https://good.example");
        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight.headers().firstValue("access-control-allow-origin"))
                .contains("https://good.example");
        assertThat(preflight
                        .headers()
                        .firstValue("access-control-allow-headers")
                        .orElse(""))
                .contains("last-event-id", "authorization");
        assertThat(send(uri("/rpc"), "OPTIONS", "Origin", "https://evil.example")
                        .statusCode())
                .isEqualTo(403);
        HttpResponse<String> leaked = send(uri("/inbox/events?token=" + ann.token()), "GET", "Accept", "*/*");
        assertThat(leaked.statusCode()).isEqualTo(400);
        assertThat(leaked.body()).contains("token: in the URL").doesNotContain(ann.token());
        HttpResponse<String> anonymous = send(uri("/inbox/events"), "GET", "Accept", "*/*");
        assertThat(anonymous.statusCode()).isEqualTo(401);
        assertThat(anonymous.headers().firstValue("www-authenticate")).contains("Bearer");
        HttpResponse<String> forged = send(
                uri("/inbox/events"),
                "GET",
                "Authorization",
                "Bearer " + ann.token().substring(0, 40));
        assertThat(forged.statusCode()).isEqualTo(401);
    }

    private URI uri(String path) {
        return GATEWAY.endpoints().http().resolve(path);
    }

    private static HttpResponse<String> send(URI uri, String method, String header, String value) {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .header(header, value)
                .build();
        return EventStream.http1()
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void many_streams_share_one_http2_connection() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("HTTP/2", ben);
        HttpClient client = ServiceUser.client(GATEWAY.endpoints().caPem());
        for (int i = 0; i < CONNECTIONS; i++) {
            HttpRequest request = HttpRequest.newBuilder(
                            GATEWAY.endpoints().https().resolve("/streams"))
                    .version(HttpClient.Version.HTTP_2)
                    .header("Authorization", "Bearer " + ann.token())
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"subscriptions\":[{\"threadId\":\"" + thread + "\"}]}"))
                    .build();
            EventStream stream = EventStream.open(client, request);
            opened.add(stream);
            assertThat(stream.response().version()).isEqualTo(HttpClient.Version.HTTP_2);
            stream.event("subscribed", e -> true);
        }
        ben.send(thread, "to all");
        opened.forEach(stream -> stream.event("chatMessageReceived", e -> "to all".equals(e.getString("message"))));
    }
}
