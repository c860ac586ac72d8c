package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** A client of the live channel over a WebSocket. It acknowledges every push. */
final class LiveChannelSocket implements WebSocket.Listener {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String PUSH = "3:::";

    private final List<String> packets = new CopyOnWriteArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final Set<Long> acknowledged = new HashSet<>();

    private LiveChannelSocket() {}

    /** Allocates, shakes hands and connects as the official library does. */
    static LiveChannelSocket connect(URI gateway, ServiceUser user, String id) throws Exception {
        String origin = gateway.toString().replaceAll("/$", "");
        HttpRequest.Builder allocate = HttpRequest.newBuilder(URI.create(origin + "/v4/a?epid=" + id))
                .POST(HttpRequest.BodyPublishers.noBody());
        String reference = new JsonObject(send(allocate, user))
                .getJsonObject("connectparams")
                .getString("sr");
        String query = "?epid=" + id + "&sr=" + reference;
        String linkId = send(HttpRequest.newBuilder(URI.create(origin + "/socket.io/1/" + query)), user)
                .split(":", -1)[0];
        LiveChannelSocket client = new LiveChannelSocket();
        URI socket = URI.create(origin.replace("http", "ws") + "/socket.io/1/websocket/" + linkId + query);
        HTTP.newWebSocketBuilder().buildAsync(socket, client).join();
        client.await("trouter.connected");
        return client;
    }

    private static String send(HttpRequest.Builder request, ServiceUser user) throws Exception {
        HttpResponse<String> response = HTTP.send(
                request.header("X-Skypetoken", user.token())
                        .timeout(Duration.ofSeconds(40))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    /** All packets in the order of their arrival. */
    List<String> packets() {
        return List.copyOf(packets);
    }

    /** The bodies of the pushes whose packets contain a text. */
    List<JsonObject> pushes(String part) {
        return packets.stream()
                .filter(packet -> packet.startsWith(PUSH) && packet.contains(part))
                .map(packet -> new JsonObject(new JsonObject(packet.substring(PUSH.length())).getString("body")))
                .toList();
    }

    /** Waits for a packet that contains a text. */
    void await(String part) {
        Awaitility.await().alias(part).atMost(Duration.ofSeconds(30)).until(() -> packets.stream()
                .anyMatch(packet -> packet.contains(part)));
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            String packet = text.toString();
            text.setLength(0);
            packets.add(packet);
            acknowledge(socket, packet);
        }
        socket.request(1);
        return null;
    }

    private void acknowledge(WebSocket socket, String packet) {
        if (packet.startsWith(PUSH)) {
            long id = new JsonObject(packet.substring(PUSH.length())).getLong("id");
            if (acknowledged.add(id)) {
                socket.sendText("3:::{\"id\":" + id + ",\"status\":200}", true).join();
            }
        }
    }
}
