package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.protocol.SessionReferenceCodec;
import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.IdentityCalls;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The live channel's protocol byte by byte, well and badly behaved clients, over the whole gateway. */
class SignalingProtocolIT {
    private static final byte[] KEY =
            "0123456789abcdef0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("embedded.rateLimits", "off")
            .with("signaling.sessionsPerUser", "2")
            .with("signaling.unacknowledged", "10")
            .with("signing.key", Base64.getEncoder().encodeToString(KEY));

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void configuration_names_the_gateway_in_both_spellings() throws Exception {
        ServiceUser user = ServiceUser.create(GATEWAY);
        String origin = origin();
        for (String path : List.of(
                "/chat/config/realTimeNotifications",
                "//chat/config/realTimeNotifications",
                "/acs/chat/config/realTimeNotifications")) {
            HttpResponse<String> answer =
                    send(request(path + "?api-version=2024-09-01").header("Authorization", "Bearer " + user.token()));
            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(new JsonObject(answer.body()))
                    .isEqualTo(new JsonObject()
                            .put("trouterServiceUrl", origin + "/signaling/trouter")
                            .put("registrarServiceUrl", origin + "/signaling/registrar")
                            .put("cloudType", "public"));
        }
    }

    @Test
    void bad_token_is_refused_with_401() throws Exception {
        String bad = ServiceUser.create(GATEWAY).token();
        bad = bad.substring(0, bad.length() - 6) + "AAAAAA";
        assertThat(send(request("/chat/config/realTimeNotifications").header("Authorization", "Bearer " + bad))
                        .statusCode())
                .isEqualTo(401);
        assertThat(send(request("/chat/config/realTimeNotifications")).statusCode())
                .isEqualTo(401);
        assertThat(send(post("/v4/a?epid=e", bad)).statusCode()).isEqualTo(401);
        assertThat(send(post("/v4/a?epid=e", "")).statusCode()).isEqualTo(401);
        assertThat(send(post("/signaling/registrar/v3/registrations", bad)).statusCode())
                .isEqualTo(401);
    }

    @Test
    void probe_is_answered_only_to_its_query() throws Exception {
        assertThat(send(request("/?check=1")).body()).isEqualTo("Trouter");
        assertThat(send(request("/")).body()).startsWith("<!");
    }

    @Test
    void preflight_allows_the_headers_of_the_client() throws Exception {
        HttpResponse<String> own = send(request("/v4/a")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", origin()));
        assertThat(own.statusCode()).isEqualTo(204);
        HttpResponse<String> foreign = send(request("/v4/a")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", "https://elsewhere.example"));
        assertThat(foreign.statusCode()).isEqualTo(403);
    }

    @Test
    void session_is_allocated_at_both_places() throws Exception {
        ServiceUser user = ServiceUser.create(GATEWAY);
        for (String path : List.of("/v4/a", "/signaling/trouter/v4/a")) {
            HttpResponse<String> answer = send(post(path + "?epid=e-1", user.token()));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
            JsonObject session = new JsonObject(answer.body());
            assertThat(session.getString("socketio")).isEqualTo(origin() + "/");
            assertThat(session.getString("surl")).isEqualTo(origin() + "/signaling/push/e-1/");
            assertThat(session.getJsonObject("connectparams").getString("sr")).matches("[A-Za-z0-9_-]+");
        }
        assertThat(send(post("/v4/a", user.token())).statusCode()).isEqualTo(400);
        assertThat(send(post("/v4/a?epid=a%20b", user.token())).statusCode()).isEqualTo(400);
    }

    @Test
    void push_is_repeated_until_it_is_acknowledged() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("t", ann, ben);
        String id = UUID.randomUUID().toString();
        Socket first = connect(ben, id);
        assertThat(first.packets.get(0)).isEqualTo("1::");
        assertThat(first.packets.get(1)).startsWith("5:::{\"name\":\"trouter.connected\"");
        first.socket.sendText("5:1+::{\"name\":\"user.activity\"}", true).join();
        first.await("6:::1+[]");
        ann.send(thread, "hello");
        String push = first.await("\\\"messageBody\\\":\\\"hello\\\"");
        first.socket.abort();

        Socket second = connect(ben, id);
        assertThat(second.await("hello")).isEqualTo(push);
        long pushId = new JsonObject(push.substring(4)).getLong("id");
        second.socket
                .sendText("3:::{\"id\":" + pushId + ",\"status\":200}", true)
                .join();
        second.socket.sendText("5:2+::{\"name\":\"ping\"}", true).join();
        second.await("6:::2+[]");
        second.socket.abort();

        Socket third = connect(ben, id);
        ann.send(thread, "next");
        third.await("\\\"messageBody\\\":\\\"next\\\"");
        assertThat(third.packets).noneMatch(packet -> packet.contains("hello"));
        third.socket.abort();
    }

    @Test
    void too_many_unacknowledged_pushes_lose_nothing() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("t", ann, ben);
        Socket socket = connect(ben, "slow");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            texts.add("text " + i);
            ann.send(thread, texts.get(i));
        }
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> GATEWAY.management("/metrics")
                .lines()
                .anyMatch(line -> line.startsWith("chatgateway_limits_hit_total{limit=\"signaling.unacknowledged\"")
                        && !line.endsWith(" 0.0")
                        && !line.endsWith(" 0")));
        assertThat(socket.texts()).hasSizeLessThanOrEqualTo(4);
        socket.acknowledge();
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(socket.texts())
                .isEqualTo(texts));
        socket.socket.abort();
    }

    @Test
    void revoked_token_closes_and_a_new_one_continues() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("t", ann, ben);
        Socket socket = connect(ben, "revoked");
        socket.acknowledge();
        ann.send(thread, "before");
        socket.await("before");
        IdentityCalls.revoke(GATEWAY, ben);
        socket.await("0:::{\"reason\":\"unauthorized\"}");
        assertThat(send(post("/v4/a?epid=revoked", ben.token())).statusCode()).isEqualTo(401);
        ann.send(thread, "meanwhile");
        Socket renewed = connect(ServiceUser.ofId(GATEWAY, ben.id()), "revoked");
        renewed.acknowledge();
        ann.send(thread, "after");
        Awaitility.await().atMost(Duration.ofSeconds(40)).until(() -> renewed.texts()
                .contains("after"));
        assertThat(renewed.texts()).containsExactly("meanwhile", "after");
        assertThat(renewed.packets).noneMatch(packet -> packet.contains("participantsRemoved"));
        renewed.socket.abort();
    }

    @Test
    void expired_reference_is_told_to_renew_its_token() throws Exception {
        ServiceUser user = ServiceUser.create(GATEWAY);
        String expired = reference(user.id(), "e", Instant.now().minusSeconds(1));
        Socket socket = open("sid", "e", expired);
        socket.await("0:::{\"reason\":\"unauthorized\"}");
    }

    @Test
    void client_unknown_to_the_node_connects_anew() throws Exception {
        ServiceUser user = ServiceUser.create(GATEWAY);
        String good = reference(user.id(), "never-allocated", Instant.now().plusSeconds(600));
        open("sid", "never-allocated", good).await("0::");
    }

    @Test
    void forged_or_foreign_reference_opens_nothing() throws Exception {
        ServiceUser user = ServiceUser.create(GATEWAY);
        String good = reference(user.id(), "e-2", Instant.now().plusSeconds(600));
        String forged = good.substring(0, 20) + (good.charAt(20) == 'A' ? 'B' : 'A') + good.substring(21);
        assertThat(refused("sid", "e-2", forged)).isTrue();
        assertThat(refused("sid", "another", good)).isTrue();
        ServiceUser other = ServiceUser.create(GATEWAY);
        assertThat(send(request("/socket.io/1/?epid=e-2&sr=" + good).header("X-Skypetoken", other.token()))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request("/socket.io/1/xhr-polling/sid?epid=e-2&sr=" + forged))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void sessions_of_a_user_are_bounded() throws Exception {
        ServiceUser user = ServiceUser.create(GATEWAY);
        Socket one = connect(user, "one");
        Socket two = connect(user, "two");
        assertThat(send(post("/v4/a?epid=three", user.token())).statusCode()).isEqualTo(503);
        one.socket.sendText("0::", true).join();
        // A session without a connection makes room.
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> send(post("/v4/a?epid=three", user.token())).statusCode() == 200);
        two.socket.abort();
    }

    @Test
    void polling_client_gets_the_same_packets() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("t", ann);
        JsonObject params = allocate(ann, "poller");
        String query = "?epid=poller&sr=" + params.getString("sr");
        String sid = send(request("/socket.io/1/" + query).header("X-Skypetoken", ann.token()))
                .body()
                .split(":")[0];
        String path = "/socket.io/1/xhr-polling/" + sid + query;
        assertThat(Packet.split(send(request(path)).body())).hasSize(2).first().isEqualTo("1::");
        assertThat(send(request(path).POST(HttpRequest.BodyPublishers.ofString("5:1+::{\"name\":\"ping\"}")))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(request(path)).body()).isEqualTo("6:::1+[]");
        ann.send(thread, "polled");
        // The thread was created in the second of the connection, so it may be announced before.
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> send(request(path)).body().contains("polled"));
        assertThat(send(request(path).POST(HttpRequest.BodyPublishers.ofString("0::")))
                        .statusCode())
                .isEqualTo(200);
    }

    private static String reference(String userId, String id, Instant end) {
        return new SessionReferenceCodec(KEY, null).issue(new Reference(userId, id, end));
    }

    private static JsonObject allocate(ServiceUser user, String id) throws Exception {
        return new JsonObject(send(post("/v4/a?epid=" + id, user.token())).body()).getJsonObject("connectparams");
    }

    private static Socket connect(ServiceUser user, String id) throws Exception {
        String reference = allocate(user, id).getString("sr");
        HttpResponse<String> handshake =
                send(request("/socket.io/1/?epid=" + id + "&sr=" + reference).header("X-Skypetoken", user.token()));
        assertThat(handshake.body()).endsWith(":60:60:websocket,xhr-polling");
        Socket socket = open(handshake.body().split(":")[0], id, reference);
        socket.await("trouter.connected");
        return socket;
    }

    private static Socket open(String sid, String id, String reference) {
        Socket socket = new Socket();
        URI uri = URI.create(
                origin().replace("http", "ws") + "/socket.io/1/websocket/" + sid + "?epid=" + id + "&sr=" + reference);
        socket.socket = HTTP.newWebSocketBuilder().buildAsync(uri, socket).join();
        return socket;
    }

    private static boolean refused(String sid, String id, String reference) {
        try {
            open(sid, id, reference);
            return false;
        } catch (CompletionException e) {
            return true;
        }
    }

    private static String origin() {
        String http = GATEWAY.endpoints().http().toString();
        return http.substring(0, http.length() - 1);
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(origin() + path)).timeout(Duration.ofSeconds(40));
    }

    private static HttpRequest.Builder post(String path, String token) {
        HttpRequest.Builder builder = request(path).POST(HttpRequest.BodyPublishers.noBody());
        return token.isEmpty() ? builder : builder.header("X-Skypetoken", token);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A WebSocket and its text messages. */
    private static final class Socket implements WebSocket.Listener {
        private final List<String> packets = new CopyOnWriteArrayList<>();
        private final StringBuilder text = new StringBuilder();
        private final Set<Long> acknowledged = new HashSet<>();
        private WebSocket socket;
        private boolean acknowledging;

        /** Acknowledges everything from now on. */
        synchronized void acknowledge() {
            acknowledging = true;
            packets.forEach(this::acknowledge);
        }

        private synchronized void acknowledge(String packet) {
            if (acknowledging && packet.startsWith("3:::")) {
                long id = new JsonObject(packet.substring(4)).getLong("id");
                if (acknowledged.add(id)) {
                    socket.sendText("3:::{\"id\":" + id + ",\"status\":200}", true)
                            .join();
                }
            }
        }

        /** The messages that were pushed. */
        List<String> texts() {
            return packets.stream()
                    .filter(packet -> packet.startsWith("3:::") && packet.contains("chatMessageReceived"))
                    .map(packet -> new JsonObject(new JsonObject(packet.substring(4)).getString("body"))
                            .getString("messageBody"))
                    .toList();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                String packet = text.toString();
                packets.add(packet);
                text.setLength(0);
                acknowledge(packet);
            }
            from.request(1);
            return null;
        }

        String await(String part) {
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> packets.stream()
                    .anyMatch(packet -> packet.contains(part)));
            return packets.stream()
                    .filter(packet -> packet.contains(part))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
