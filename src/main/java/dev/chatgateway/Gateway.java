package dev.chatgateway;

import dev.chatgateway.admin.IngestRoutes;
import dev.chatgateway.admin.LoopLag;
import dev.chatgateway.admin.ManagementServer;
import dev.chatgateway.admin.Probes;
import dev.chatgateway.admin.StateRoutes;
import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.cluster.HazelcastEngine;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.embedded.EmbeddedService;
import dev.chatgateway.embedded.http.EmbeddedOptions;
import dev.chatgateway.metrics.PrometheusPage;
import dev.chatgateway.socket.accept.AcceptTransport;
import dev.chatgateway.tls.DevelopmentCertificates;
import dev.chatgateway.tls.TlsFiles;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.client.EndpointProbe;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One node: creates its parts, connects them, and stops them in reverse order. Start it once; a failed start must be
 * followed by {@link #stop()}.
 */
public final class Gateway {
    private static final int BLOCKED_LOOP_SECONDS = 2;

    private final GatewayConfig config;
    private final LiveConfig live;
    private final Clock clock;
    private final Tracing tracing;
    private final PrometheusPage metrics;
    private @Nullable Vertx vertx;
    private @Nullable Cluster cluster;
    private @Nullable LoopLag lag;
    private final EmbeddedSignaling embeddedSignaling;
    private @Nullable EmbeddedService embedded;
    private @Nullable EndpointProbe probe;
    private @Nullable GatewayNode node;
    private @Nullable HttpServer management;
    private @Nullable Probes probes;
    private volatile @Nullable ConfigReloader reloader;

    public Gateway(GatewayConfig config) {
        this(config, Clock.systemUTC());
    }

    /** With another clock, which applies to tokens, limits and schedules, not to sockets. */
    public Gateway(GatewayConfig config, Clock clock) {
        this.config = config;
        this.live = new LiveConfig(config);
        this.clock = clock;
        embeddedSignaling = new EmbeddedSignaling(config, clock);
        tracing = Tracing.of(config.tracing());
        metrics = new PrometheusPage(tracing);
    }

    /** A single Vert.x, or a clustered one once it has joined. */
    private Future<Vertx> vertx() {
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(loops(config) + 1)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.SECONDS)
                .setBlockedThreadCheckInterval(BLOCKED_LOOP_SECONDS)
                .setMetricsOptions(metrics.vertxOptions(config.http().proxyProtocol()));
        VertxBuilder builder = Vertx.builder()
                .with(options)
                .withMetrics(metrics.vertxFactory())
                .withTransport(AcceptTransport.over(
                        NetworkTransport.of(config.process().transport()), live, metrics.gateway()));
        if (!config.cluster().enabled()) {
            return Future.succeededFuture(builder.build());
        }
        try {
            HazelcastEngine engine = HazelcastEngine.of(config.cluster());
            options.setEventBusOptions(engine.bus());
            return builder.with(options)
                    .withClusterManager(engine.manager())
                    .buildClustered()
                    .compose(joined -> {
                        vertx = joined;
                        return engine.joined(joined, metrics.gateway())
                                .onSuccess(place -> cluster = place)
                                .map(joined);
                    });
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
    }

    private Vertx running() {
        return Objects.requireNonNull(vertx, "started");
    }

    /**
     * The addresses of a started node.
     *
     * @param http the same as {@code https} without a plain listener
     */
    public record Endpoints(
            URI http,
            URI https,
            URI webSocket,
            URI management,
            Optional<EmbeddedService.Started> embedded,
            Path caPem,
            Path caStore) {}

    /** Starts the node; fails with the first problem, such as a port in use. */
    public Future<Endpoints> start() {
        return vertx().onSuccess(made -> vertx = made)
                .compose(made -> made.executeBlocking(() -> DevelopmentCertificates.loadOrCreate(
                        Path.of(config.data().directory()), config.embedded().names())))
                .compose(certificates ->
                        startEmbedded(certificates).compose(service -> startNode(certificates, service)));
    }

    private Future<Optional<EmbeddedService.Started>> startEmbedded(DevelopmentCertificates certificates) {
        if (!embeddedWanted()) {
            return Future.succeededFuture(Optional.empty());
        }
        EmbeddedService service = new EmbeddedService(
                running(),
                EmbeddedOptions.of(
                        config.embedded(),
                        Path.of(config.data().directory()),
                        certificates.certificate(),
                        certificates.key()),
                clock,
                embeddedSignaling);
        embedded = service;
        return service.start().map(Optional::of);
    }

    private boolean embeddedWanted() {
        Boolean wanted = config.embedded().enabled();
        return wanted == null ? config.upstream().endpoint() == null : wanted;
    }

    private Future<Endpoints> startNode(
            DevelopmentCertificates certificates, Optional<EmbeddedService.Started> service) {
        UpstreamTarget target = UpstreamTarget.of(config, certificates, service);
        EndpointProbe answering = new EndpointProbe(running(), target.endpoint(), target.authorities());
        probe = answering;
        answering.start();
        Probes health = new Probes(answering::answered);
        probes = health;
        EmbeddedService own = embedded;
        if (own != null) {
            health.require(
                    "embeddedStorage",
                    () -> own.storageFailure().map(Future::<Void>failedFuture).orElseGet(Future::succeededFuture));
        }
        Cluster place = cluster;
        if (place != null) {
            health.require(
                    "inCluster",
                    () -> place.view().get().sane()
                            ? Future.succeededFuture()
                            : Future.failedFuture("this node is no member of the cluster it joined"));
        }
        GatewayNode mine = new GatewayNode(running(), live, metrics.gateway(), clock, tracing.tracer(), cluster);
        node = mine;
        TlsFiles files = TlsFiles.of(config, certificates);
        return startManagement(health, mine)
                .compose(server -> mine.start(target, files, loops(config)).compose(ports -> running()
                        .executeBlocking(() ->
                                new ConfigReloader(running(), live, metrics.gateway(), clock, files, mine::secure))
                        .map(watching -> {
                            reloader = watching;
                            embeddedSignaling.opened(ports, running(), Objects.requireNonNull(mine.feed()));
                            health.started(mine.loops());
                            LoopLag watch = new LoopLag(running(), System::nanoTime);
                            lag = watch;
                            metrics.gateway().loopLag(watch::seconds);
                            watch.watch(mine.loops());
                            return endpoints(ports, server.actualPort(), certificates, service);
                        })));
    }

    /** Starts to reload the configuration file when it changes. Call it after the start. */
    public void follow(Path file) {
        follow(file, ConfigLoader.environment());
    }

    /** The same with another environment. */
    public void follow(Path file, Map<String, String> environment) {
        Objects.requireNonNull(reloader, "not started").follow(file, environment);
    }

    /** Reloads certificates, and the configuration that is followed, now. Any thread. */
    public void reload() {
        Objects.requireNonNull(reloader, "not started").reload();
    }

    private Future<HttpServer> startManagement(Probes health, GatewayNode mine) {
        EmbeddedService service = embedded;
        ManagementServer server = new ManagementServer(running(), health, metrics, config.management(), router -> {
            new StateRoutes(health, mine::state, () -> new ConfigLoader().shown(live.config())).mount(router);
            if (service != null) {
                service.faults().mount(router);
            }
            if (config.management().ingest()) {
                new IngestRoutes(running(), mine::ingest, metrics.gateway()).mount(router);
            }
        });
        return server.listen(config.management().host(), config.management().port())
                .onSuccess(s -> management = s);
    }

    private Endpoints endpoints(
            List<Integer> ports,
            int managementPort,
            DevelopmentCertificates certificates,
            Optional<EmbeddedService.Started> service) {
        String host = shown(config.http().host());
        URI https = URI.create("https://" + host + ":" + ports.get(ports.size() - 1) + "/");
        boolean plain = config.http().enabled();
        return new Endpoints(
                plain ? URI.create("http://" + host + ":" + ports.get(0) + "/") : https,
                https,
                URI.create(
                        plain ? "ws://" + host + ":" + ports.get(0) + "/ws" : "wss://" + https.getAuthority() + "/ws"),
                URI.create("http://" + shown(config.management().host()) + ":" + managementPort + "/"),
                service,
                certificates.authority(),
                certificates.trustStore());
    }

    /** Stops the node in order: no new clients, sockets, polling, embedded service. Idempotent. */
    public Future<Void> stop() {
        if (probes != null) {
            probes.draining();
        }
        if (probe != null) {
            probe.close();
        }
        if (lag != null) {
            lag.close();
        }
        // A future without a context, because the last step stops the event loops that a context's future completes on.
        Promise<Void> ended = Promise.promise();
        GatewayNode mine = node;
        Future<Void> nodeStopped =
                mine == null ? Future.succeededFuture() : mine.drain().transform(done -> mine.stop());
        nodeStopped
                .transform(done -> tracing.close())
                .transform(done -> management == null ? Future.<Void>succeededFuture() : management.close())
                .transform(done -> embedded == null ? Future.<Void>succeededFuture() : embedded.close())
                .transform(done -> vertx == null ? Future.<Void>succeededFuture() : vertx.close())
                .onComplete(closed -> {
                    metrics.close();
                    ended.handle(closed);
                });
        return ended.future();
    }

    private static int loops(GatewayConfig config) {
        int wanted = config.process().eventLoops();
        return wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
    }

    /** A host that a browser on this machine can open. */
    private static String shown(String host) {
        return switch (host) {
            case "0.0.0.0", "127.0.0.1", "::", "::1" -> "localhost";
            default -> host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        };
    }
}
