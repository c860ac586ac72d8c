package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The live channel on two nodes behind a balancer that sends every request to any of them. */
class SignalingClusterIT {
    @RegisterExtension
    static final GatewayExtension SERVICE = new GatewayExtension().with("embedded.rateLimits", "off");

    private static final List<GatewayExtension> NODES = new ArrayList<>();
    private static final List<Integer> PORTS = new ArrayList<>();

    private ServiceUser ann;
    private LiveChannelClient ben;
    private String thread;

    @BeforeAll
    static void startNodes() throws Exception {
        int one = freePort();
        int two = freePort();
        PORTS.addAll(List.of(one, two));
        NODES.add(node(one, one, two));
        NODES.add(node(two, one, two));
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> NODES.stream()
                .allMatch(node -> metric(node, "chatgateway_cluster_nodes") == 2));
    }

    private static GatewayExtension node(int port, int... members) throws Exception {
        GatewayExtension node = new GatewayExtension()
                .with("upstream.endpoint", SERVICE.service().toString())
                .with(
                        "upstream.trustedCertificates",
                        SERVICE.endpoints().caPem().toString())
                .with("signing.key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
                .with("process.reconnectSeconds", "5")
                .with("cluster.enabled", "true")
                .with("cluster.insecure", "true")
                .with("cluster.host", "127.0.0.1")
                .with("cluster.port", Integer.toString(port))
                .with("cluster.busPort", Integer.toString(freePort()))
                .with(
                        "cluster.members",
                        Arrays.stream(members)
                                .mapToObj(member -> "127.0.0.1:" + member)
                                .collect(Collectors.joining(",")));
        node.beforeAll(null);
        return node;
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @AfterAll
    static void stopNodes() throws Exception {
        for (GatewayExtension node : NODES) {
            node.afterAll(null);
        }
    }

    @BeforeEach
    void oneThread() {
        ann = ServiceUser.create(SERVICE);
        ServiceUser receiver = ServiceUser.create(SERVICE);
        thread = ann.createThread("t", ann, receiver);
        ben = new LiveChannelClient(receiver, UUID.randomUUID().toString());
    }

    private static URI first() {
        return NODES.get(0).endpoints().http();
    }

    private static URI second() {
        return NODES.get(1).endpoints().http();
    }

    @Test
    void requests_of_one_client_reach_different_nodes() throws Exception {
        LiveChannelClient.Connection connection = ben.connect(first(), second(), first());
        ann.send(thread, "a greeting");
        connection.await("a greeting");
        connection.abort();
    }

    @Test
    void session_moves_to_the_node_of_the_new_connection() throws Exception {
        LiveChannelClient.Connection before = ben.connect(first(), first(), first());
        ann.send(thread, "before");
        before.await("before");
        before.settle();
        before.abort();
        ann.send(thread, "meanwhile");
        LiveChannelClient.Connection after = ben.connect(first(), second(), second());
        ann.send(thread, "after");
        after.await("after");
        assertThat(ben.texts()).containsExactly("before", "meanwhile", "after");
        assertThat(after.packets()).noneMatch(packet -> packet.contains("chatThreadCreated"));
        after.abort();
    }

    @Test
    void unacknowledged_push_comes_again_on_another_node() throws Exception {
        LiveChannelClient.Connection before = ben.connect(first(), first(), first());
        ann.send(thread, "first text of two");
        before.await("first text of two");
        before.settle();
        before.stopAcknowledging();
        ann.send(thread, "second text of two");
        before.await("second text of two");
        before.abort();
        ben.connect(second(), second(), second()).await("second text of two");
        assertThat(ben.texts()).containsExactly("first text of two", "second text of two", "second text of two");
    }

    /** A balancer may open the new connection while the old one still lives. */
    @Test
    void second_connection_takes_the_session_from_the_first() throws Exception {
        LiveChannelClient.Connection before = ben.connect(first(), first(), first());
        for (int i = 0; i < 10; i++) {
            ann.send(thread, "early " + i);
        }
        LiveChannelClient.Connection after = ben.connect(second(), second(), second());
        ann.send(thread, "late");
        after.await("late");
        assertThat(ben.texts()).hasSize(11).doesNotHaveDuplicates().endsWith("late");
        before.abort();
        after.abort();
    }

    @Test
    void polls_reach_the_node_of_the_session() throws Exception {
        String reference = ben.allocate(first());
        String sid = ben.handshake(second(), reference);
        String path = "/socket.io/1/xhr-polling/" + sid + ben.query(reference);
        String connected = LiveChannelClient.send(ben.request(first(), path)).body();
        assertThat(Packet.split(connected)).hasSize(2).first().isEqualTo("1::");
        for (int i = 0; i < 6; i++) {
            URI node = i % 2 == 0 ? second() : first();
            URI other = i % 2 == 0 ? first() : second();
            ann.send(thread, "polled " + i);
            String push = poll(node, path);
            assertThat(LiveChannelClient.text(push)).isEqualTo("polled " + i);
            assertThat(LiveChannelClient.send(ben.request(other, path)
                                    .POST(HttpRequest.BodyPublishers.ofString(LiveChannelClient.acknowledgement(push))))
                            .body())
                    .isEqualTo("1");
        }
    }

    /** The next push; created threads and idle polls are passed over. */
    private String poll(URI node, String path) throws Exception {
        while (true) {
            for (String packet :
                    Packet.split(LiveChannelClient.send(ben.request(node, path)).body())) {
                if (!LiveChannelClient.text(packet).isEmpty()) {
                    return packet;
                }
            }
        }
    }

    @Test
    void registrar_of_another_node_ends_the_session() throws Exception {
        double before = metric(NODES.get(0), "chatgateway_signaling_sessions_ended_total{reason=\"unregistered\"");
        LiveChannelClient client = new LiveChannelClient(ben.user(), "leaves");
        LiveChannelClient.Connection connection = client.connect(second(), second(), first());
        assertThat(LiveChannelClient.send(client.request(second(), "/signaling/registrar/v3/registrations/leaves")
                                .DELETE()
                                .header("X-Skypetoken", ben.user().token()))
                        .statusCode())
                .isEqualTo(202);
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
            connection.abort();
            return metric(NODES.get(0), "chatgateway_signaling_sessions_ended_total{reason=\"unregistered\"") > before;
        });
    }

    @Test
    void user_of_one_session_cannot_take_that_of_another() throws Exception {
        ben.connect(first(), first(), first());
        ServiceUser eve = ServiceUser.create(SERVICE);
        String reference = ben.allocate(first());
        assertThat(LiveChannelClient.send(ben.request(second(), "/socket.io/1/" + ben.query(reference))
                                .header("X-Skypetoken", eve.token()))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void drained_node_moves_its_sessions() throws Exception {
        int port = freePort();
        GatewayExtension drained = node(port, PORTS.get(0), PORTS.get(1), port);
        URI third = drained.endpoints().http();
        LiveChannelClient.Connection before = ben.connect(third, third, third);
        ann.send(thread, "before");
        before.await("before");
        before.settle();
        Future<Void> stopped = drained.gateway().stop();
        before.await("trouter.reconnect");
        ann.send(thread, "draining");
        LiveChannelClient.Connection after = ben.connect(first(), second(), first());
        before.abort();
        ann.send(thread, "after");
        after.await("after");
        assertThat(ben.texts()).containsExactly("before", "draining", "after");
        stopped.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        after.abort();
    }

    /** The node saves the positions when it stops, as clients that are away find nobody to ask. */
    @Test
    void stopped_node_leaves_its_positions() throws Exception {
        int port = freePort();
        GatewayExtension stopping = node(port, PORTS.get(0), PORTS.get(1), port);
        URI third = stopping.endpoints().http();
        LiveChannelClient.Connection before = ben.connect(third, third, third);
        ann.send(thread, "before");
        before.await("before");
        before.settle();
        before.abort();
        stopping.gateway().stop().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        ann.send(thread, "meanwhile");
        LiveChannelClient.Connection after = ben.connect(first(), second(), first());
        after.await("meanwhile");
        assertThat(ben.texts()).containsExactly("before", "meanwhile");
        after.abort();
    }

    private static double metric(GatewayExtension node, String start) {
        return node.management("/metrics")
                .lines()
                .filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
