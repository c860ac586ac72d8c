package dev.chatgateway.signaling;

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

/** One client object of a user, by the protocol's bytes. Every request may go to another node. */
final class LiveChannelClient {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String PUSH = "3:::";

    private final ServiceUser user;
    private final String id;
    /** The messages of all connections, in the order of their arrival. */
    private final List<String> texts = new CopyOnWriteArrayList<>();

    LiveChannelClient(ServiceUser user, String id) {
        this.user = user;
        this.id = id;
    }

    List<String> texts() {
        return texts;
    }

    ServiceUser user() {
        return user;
    }

    /** The session reference that an allocation issues. */
    String allocate(URI node) throws Exception {
        HttpResponse<String> answer = send(post(node, "/v4/a?epid=" + id));
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("allocate: " + answer.statusCode());
        }
        return new JsonObject(answer.body()).getJsonObject("connectparams").getString("sr");
    }

    /** The id of a connection that a handshake issues. */
    String handshake(URI node, String reference) throws Exception {
        HttpResponse<String> answer =
                send(request(node, "/socket.io/1/" + query(reference)).header("X-Skypetoken", user.token()));
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("handshake: " + answer.statusCode());
        }
        return answer.body().split(":")[0];
    }

    String query(String reference) {
        return "?epid=" + id + "&sr=" + reference;
    }

    Connection connect(URI node) throws Exception {
        return connect(node, node, node);
    }

    /** Connects, each request to the next of the nodes. */
    Connection connect(URI first, URI second, URI third) throws Exception {
        String reference = allocate(first);
        String sid = handshake(second, reference);
        Connection connection = new Connection();
        URI uri = URI.create(
                third.toString().replaceFirst("http", "ws") + "socket.io/1/websocket/" + sid + query(reference));
        connection.socket =
                HTTP.newWebSocketBuilder().buildAsync(uri, connection).join();
        connection.await("trouter.connected");
        return connection;
    }

    HttpRequest.Builder request(URI node, String path) {
        return HttpRequest.newBuilder(URI.create(node.toString().replaceFirst("/$", "") + path))
                .timeout(Duration.ofSeconds(40));
    }

    HttpRequest.Builder post(URI node, String path) {
        return request(node, path).POST(HttpRequest.BodyPublishers.noBody()).header("X-Skypetoken", user.token());
    }

    static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** The text of a pushed message; empty for any other packet. */
    static String text(String packet) {
        return packet.startsWith(PUSH) && packet.contains("chatMessageReceived")
                ? body(packet).getString("messageBody")
                : "";
    }

    private static JsonObject body(String push) {
        return new JsonObject(new JsonObject(push.substring(PUSH.length())).getString("body"));
    }

    static String acknowledgement(String packet) {
        long push = new JsonObject(packet.substring(PUSH.length())).getLong("id");
        return PUSH + "{\"id\":" + push + ",\"status\":200}";
    }

    /** One WebSocket. Acknowledges all pushes unless it is told not to. */
    final class Connection implements WebSocket.Listener {
        private final List<String> packets = new CopyOnWriteArrayList<>();
        private final StringBuilder part = new StringBuilder();
        private final Set<String> acknowledged = new HashSet<>();
        private WebSocket socket;
        private int pings;
        private volatile boolean silent;

        /** Acknowledges nothing from now on. */
        void stopAcknowledging() {
            silent = true;
        }

        void abort() {
            socket.abort();
        }

        List<String> packets() {
            return packets;
        }

        /** The bodies of the pushes whose packets contain a text. */
        List<JsonObject> pushes(String content) {
            return packets.stream()
                    .filter(packet -> packet.startsWith(PUSH) && packet.contains(content))
                    .map(LiveChannelClient::body)
                    .toList();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                String packet = part.toString();
                part.setLength(0);
                String text = text(packet);
                if (!text.isEmpty()) {
                    texts.add(text);
                }
                if (packet.startsWith(PUSH) && !silent && acknowledged.add(packet)) {
                    from.sendText(acknowledgement(packet), true).join();
                }
                packets.add(packet);
            }
            from.request(1);
            return null;
        }

        /** Returns when the gateway has got all acknowledgements. */
        void settle() {
            int number = ++pings;
            socket.sendText("5:" + number + "+::{\"name\":\"ping\"}", true).join();
            await("6:::" + number + "+[]");
        }

        String await(String content) {
            Awaitility.await(content).atMost(Duration.ofSeconds(30)).until(() -> packets.stream()
                    .anyMatch(packet -> packet.contains(content)));
            return packets.stream()
                    .filter(packet -> packet.contains(content))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
