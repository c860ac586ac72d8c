package dev.chatgateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.map.IMap;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.testing.TestAuthority;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hazelcast as a cluster of one node. */
class HazelcastEngineIT {
    private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private final TestAuthority authority = new TestAuthority("nodes");

    @TempDir
    Path directory;

    @Test
    void metrics_show_number_of_nodes_and_end_of_certificate() throws Exception {
        X509Bundle own = authority.server(Instant.now().plus(Duration.ofDays(40)));
        GatewayMetrics metrics = GatewayMetrics.unread();
        assertThat(gauge(metrics, "cluster.nodes")).isZero();
        HazelcastEngine engine = HazelcastEngine.of(config(own.getCertificatePathPEM(), own.getPrivateKeyPEM()));
        Vertx vertx = get(Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(engine.bus()))
                .withClusterManager(engine.manager())
                .buildClustered());
        try {
            get(engine.joined(vertx, metrics));

            assertThat(gauge(metrics, "cluster.nodes")).isOne();
            assertThat(gauge(metrics, "certificate.expiry.timestamp.seconds"))
                    .isEqualTo(own.getCertificate().getNotAfter().toInstant().getEpochSecond());
        } finally {
            get(vertx.close());
        }
    }

    /** Without the filter anybody who reaches Hazelcast's port could have objects of any class deserialized. */
    @Test
    void hazelcast_deserializes_no_unknown_classes() throws Exception {
        X509Bundle own = authority.server(Instant.now().plus(Duration.ofDays(40)));
        HazelcastEngine engine = HazelcastEngine.of(config(own.getCertificatePathPEM(), own.getPrivateKeyPEM()));
        Vertx vertx = get(Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(engine.bus()))
                .withClusterManager(engine.manager())
                .buildClustered());
        try {
            IMap<String, Object> map = ((HazelcastClusterManager) engine.manager())
                    .getHazelcastInstance()
                    .getMap("objects");
            map.set("known", new ArrayList<>(List.of("text", 1, 2L)));
            assertThat(map.get("known")).isEqualTo(List.of("text", 1, 2L));
            for (Serializable unknown : List.of(new Unknown(), URI.create("x:y"))) {
                map.set("unknown", unknown);
                assertThatThrownBy(() -> map.get("unknown"))
                        .hasStackTraceContaining(unknown.getClass().getName())
                        .hasStackTraceContaining("not allowed");
            }
        } finally {
            get(vertx.close());
        }
    }

    /** A class of a package that the filter does not allow. */
    private static final class Unknown implements Serializable {
        private static final long serialVersionUID = 1;
    }

    @Test
    void nodes_join_and_send_to_each_other_through_the_filter() throws Exception {
        X509Bundle own = authority.server(Instant.now().plus(Duration.ofDays(40)));
        GatewayConfig.Cluster first = config(own.getCertificatePathPEM(), own.getPrivateKeyPEM());
        GatewayConfig.Cluster second = config(own.getCertificatePathPEM(), own.getPrivateKeyPEM());
        Vertx one = joined(HazelcastEngine.of(plain(first, List.of())));
        Vertx other = joined(HazelcastEngine.of(plain(second, List.of("127.0.0.1:" + first.port()))));
        try {
            get(other.eventBus()
                    .<String>consumer("question", message -> message.reply("answer to " + message.body()))
                    .completion());
            Message<String> answer = get(one.eventBus().request("question", "one"));
            assertThat(answer.body()).isEqualTo("answer to one");
            AsyncMap<String, String> mine = get(one.sharedData().getClusterWideMap("map"));
            AsyncMap<String, String> theirs = get(other.sharedData().getClusterWideMap("map"));
            get(mine.put("key", "value"));
            String known = get(theirs.putIfAbsent("key", "another"));
            assertThat(known).isEqualTo("value");
        } finally {
            get(other.close());
            get(one.close());
        }
    }

    private static Vertx joined(HazelcastEngine engine) throws Exception {
        return get(Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(engine.bus()))
                .withClusterManager(engine.manager())
                .buildClustered());
    }

    private static GatewayConfig.Cluster plain(GatewayConfig.Cluster node, List<String> members) {
        return new GatewayConfig.Cluster(
                true,
                node.name(),
                node.host(),
                node.port(),
                node.busPort(),
                members,
                null,
                null,
                null,
                null,
                null,
                true);
    }

    @Test
    void file_without_certificate_is_named_with_its_key() throws Exception {
        GatewayConfig.Cluster config = config("junk", "junk");
        assertThatThrownBy(() -> HazelcastEngine.of(config))
                .isInstanceOf(IOException.class)
                .hasMessage("cluster.certificate: " + config.certificate() + " (expected: a certificate in PEM form)");
    }

    private GatewayConfig.Cluster config(String certificate, String key) throws Exception {
        return new ConfigLoader()
                .load(
                        Optional.empty(),
                        Map.of(
                                "CHATGATEWAY_UPSTREAM_ENDPOINT", "https://example.com",
                                "CHATGATEWAY_SIGNING_KEY", KEY,
                                "CHATGATEWAY_CLUSTER_ENABLED", "true",
                                "CHATGATEWAY_CLUSTER_HOST", "127.0.0.1",
                                "CHATGATEWAY_CLUSTER_PORT", freePort(),
                                "CHATGATEWAY_CLUSTER_BUSPORT", freePort(),
                                "CHATGATEWAY_CLUSTER_CERTIFICATE", file("node.crt", certificate),
                                "CHATGATEWAY_CLUSTER_KEY", file("node.key", key),
                                "CHATGATEWAY_CLUSTER_AUTHORITY", file("ca.pem", authority.pem())))
                .config()
                .cluster();
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private static String freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private static double gauge(GatewayMetrics metrics, String name) {
        return metrics.registry().get("chatgateway." + name).gauge().value();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
