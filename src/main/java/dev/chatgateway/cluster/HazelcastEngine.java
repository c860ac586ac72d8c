package dev.chatgateway.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.YamlConfigBuilder;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.NodeState.ClusterView;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Hazelcast, through Vert.x's cluster manager, and the clustered event bus, made from the configuration. No other package
 * uses Hazelcast; a single node loads none of its classes.
 */
public final class HazelcastEngine {
    private static final String BUILT_IN = "/hazelcast.yaml";
    private static final String LEASES = "chatgateway.claims";
    /**
     * Version of the messages between nodes, as part of the cluster's name: builds with different messages form clusters of
     * their own, so that there are two during a rolling update, each of which polls by itself.
     */
    private static final String MESSAGES_VERSION = "-2";

    private static final int PING_MS = 2_000;
    private static final int CONNECT_MS = 2_000;

    private final GatewayConfig.Cluster config;
    private final String host;
    private final @Nullable Instant certificateEnd;
    private final HazelcastClusterManager manager;

    private HazelcastEngine(
            GatewayConfig.Cluster config,
            String host,
            @Nullable Instant certificateEnd,
            HazelcastClusterManager manager) {
        this.config = config;
        this.host = host;
        this.certificateEnd = certificateEnd;
        this.manager = manager;
    }

    /**
     * @param config complete, its host set
     * @throws IOException if the file of Hazelcast's configuration or the certificate can't be read
     */
    public static HazelcastEngine of(GatewayConfig.Cluster config) throws IOException {
        // Hazelcast's shut-down hook would end it before Vert.x.
        System.setProperty("hazelcast.shutdownhook.enabled", "false");
        String own = Objects.requireNonNull(config.host(), "cluster.host");
        return new HazelcastEngine(
                config, own, certificateEnd(config.certificate()), new HazelcastClusterManager(hazelcast(config, own)));
    }

    /** When the node's own certificate ends, the first of the file; null without one. The bus reads the file once, too. */
    private static @Nullable Instant certificateEnd(@Nullable String file) throws IOException {
        if (file == null) {
            return null;
        }
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            X509Certificate own =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            return own.getNotAfter().toInstant();
        } catch (CertificateException e) {
            throw new IOException("cluster.certificate: " + file + " (expected: a certificate in PEM form)", e);
        }
    }

    private static Config hazelcast(GatewayConfig.Cluster config, String host) throws IOException {
        Config hazelcast;
        try (InputStream in = open(config.engine())) {
            hazelcast = new YamlConfigBuilder(in).build();
        }
        hazelcast.setClusterName(config.name() + MESSAGES_VERSION);
        hazelcast.getSerializationConfig().setJavaSerializationFilterConfig(filter());
        NetworkConfig network = hazelcast
                .getNetworkConfig()
                .setPort(config.port())
                .setPortAutoIncrement(false)
                .setPublicAddress(host + ":" + config.port());
        network.getInterfaces().setEnabled(true).clear().addInterface(host);
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        if (config.service() != null) {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", config.service())
                    .setProperty("service-port", Integer.toString(config.port()));
        } else {
            join.getTcpIpConfig().setEnabled(true);
            config.members().forEach(join.getTcpIpConfig()::addMember);
        }
        return hazelcast;
    }

    /** The classes that Hazelcast may deserialize: its port is not encrypted, and whoever reaches it could send others. */
    private static JavaSerializationFilterConfig filter() {
        JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
        filter.getWhitelist()
                .addPackages("java.lang", "java.util", "java.util.concurrent")
                .addPrefixes("[", "com.hazelcast.", "io.vertx.spi.cluster.hazelcast.impl.");
        return filter;
    }

    private static InputStream open(@Nullable String file) throws IOException {
        return file == null
                ? Objects.requireNonNull(HazelcastEngine.class.getResourceAsStream(BUILT_IN), "built in " + BUILT_IN)
                : Files.newInputStream(Path.of(file));
    }

    /** The cluster manager, for the builder of Vert.x. */
    public ClusterManager manager() {
        return manager;
    }

    /** Options of the event bus between the nodes: broken connections are found within seconds, and TLS is mutual. */
    public EventBusOptions bus() {
        EventBusOptions options = new EventBusOptions()
                .setHost(host)
                .setPort(config.busPort())
                .setClusterPublicHost(host)
                .setClusterPublicPort(config.busPort())
                .setClusterPingInterval(PING_MS)
                .setClusterPingReplyInterval(PING_MS)
                .setConnectTimeout(CONNECT_MS)
                .setReconnectAttempts(0);
        if (config.certificate() != null && config.key() != null && config.authority() != null) {
            options.setSsl(true)
                    .setTrustAll(false)
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .addCertPath(config.certificate())
                            .addKeyPath(config.key()))
                    .setTrustOptions(new PemTrustOptions().addCertPath(config.authority()));
        }
        return options;
    }

    /** The cluster that the node has joined. */
    public Future<Cluster> joined(Vertx vertx, GatewayMetrics metrics) {
        String self = manager.getNodeId();
        metrics.cluster().nodes(() -> manager.getNodes().size());
        if (certificateEnd != null) {
            metrics.certificateEnds("cluster", certificateEnd);
        }
        return vertx.sharedData()
                .<String, String>getClusterWideMap(LEASES)
                .map(map -> new Cluster(
                        new HazelcastLeases(
                                map, self, node -> manager.getNodes().contains(node)),
                        new EventBusNodeBus(vertx, self, manager::getNodes, metrics),
                        () -> view(self)));
    }

    private ClusterView view(String self) {
        List<String> nodes = manager.getNodes();
        return new ClusterView(self, nodes, manager.isActive() && nodes.contains(self));
    }
}
