package dev.chatgateway;

import dev.chatgateway.chatproxy.ChatCors;
import dev.chatgateway.chatproxy.ChatProxyRoutes;
import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.command.CommandLimits;
import dev.chatgateway.command.Commands;
import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.command.token.TokenProof;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.SecretFile;
import dev.chatgateway.event.IngestFeed;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.Snapshots;
import dev.chatgateway.fanout.inbox.InboxEntries;
import dev.chatgateway.fanout.inbox.InboxHub;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.PollVerticle;
import dev.chatgateway.poll.source.UpstreamSource;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.InboxCursorCodec;
import dev.chatgateway.protocol.SessionReferenceCodec;
import dev.chatgateway.protocol.TicketCodec;
import dev.chatgateway.protocol.TokenSeal;
import dev.chatgateway.replication.ClusterContext;
import dev.chatgateway.replication.ClusterReplication;
import dev.chatgateway.rest.EventGridRoutes;
import dev.chatgateway.rest.RestOptions;
import dev.chatgateway.rest.RestRoutes;
import dev.chatgateway.signaling.RemoteSessions;
import dev.chatgateway.signaling.SessionRegistry;
import dev.chatgateway.signaling.SignalingNode;
import dev.chatgateway.signaling.SignalingProtocol;
import dev.chatgateway.signaling.handover.ClusterDirectory;
import dev.chatgateway.signaling.handover.ConnectionGrants;
import dev.chatgateway.signaling.handover.SessionDirectory;
import dev.chatgateway.socket.SocketVerticle;
import dev.chatgateway.socket.accept.Listeners;
import dev.chatgateway.socket.connection.ConnectionReports;
import dev.chatgateway.socket.connection.Handshake;
import dev.chatgateway.socket.connection.SocketContext;
import dev.chatgateway.socket.connection.UserConnections;
import dev.chatgateway.tls.TlsFiles;
import dev.chatgateway.upstream.ThreadReader;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.quota.QuotaShares;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The core of a node: upstream clients, polling, sockets. Management port and embedded service are not part of it. */
final class GatewayNode {
    static final String SIGNING_KEY_FILE = "signing.key";
    static final int SIGNING_KEY_BYTES = 32;

    /** A cluster that does not answer must not delay the reconnects of clients; followers acquire the leases anyway. */
    private static final long HAND_OVER_MS = 2_000;
    /** How often a node makes sure that it holds a session of an official client: a blocked node may have lost it. */
    private static final Duration HOLDER_RENEWAL = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final LiveConfig live;
    private final GatewayConfig config;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final Tracer tracer;
    private final @Nullable Cluster cluster;
    private final List<SocketVerticle> sockets = new CopyOnWriteArrayList<>();
    private @Nullable PollVerticle polling;
    private @Nullable IngestFeed ingest;
    private @Nullable UpstreamClients clients;
    private @Nullable SessionRegistry sessions;
    private SessionDirectory directory = SessionDirectory.SINGLE;
    private @Nullable String socketDeployment;
    private @Nullable String pollDeployment;

    /** @param cluster null for a single node */
    GatewayNode(
            Vertx vertx,
            LiveConfig live,
            GatewayMetrics metrics,
            Clock clock,
            Tracer tracer,
            @Nullable Cluster cluster) {
        this.vertx = vertx;
        this.live = live;
        this.config = live.config();
        this.metrics = metrics;
        this.clock = clock;
        this.tracer = tracer;
        this.cluster = cluster;
    }

    /** Starts polling, then the listeners; returns the plain port, if there is one, and the TLS port. */
    Future<List<Integer>> start(UpstreamTarget target, TlsFiles certificates, int loops) {
        QuotaShares shares = new QuotaShares(clock::millis);
        UpstreamClients mine = UpstreamClients.of(vertx, config, target, metrics, clock, shares, tracer);
        clients = mine;
        PollVerticle poller = new PollVerticle(
                live::poll,
                new UpstreamSource(
                        new ThreadReader(mine.chat(), clock, metrics),
                        mine.chat()::earliestMs,
                        mine.chat()::clockOffsetMs,
                        UpstreamSource.KnownMembers.of(mine.members())),
                metrics,
                clock,
                replication(shares, mine),
                tracer);
        polling = poller;
        ingest = poller.ingest();
        metrics.directMemory(SocketVerticle::directMemory);
        Future<byte[]> signingKey = vertx.executeBlocking(this::signingKey);
        Future<TlsFiles.Loaded> tls = vertx.executeBlocking(() -> certificates.load(vertx));
        return Future.all(signingKey, tls)
                .compose(read -> openDirectory(signingKey.result()))
                .compose(read -> vertx.deployVerticle(poller))
                .onSuccess(id -> pollDeployment = id)
                .compose(id -> listen(poller, mine, signingKey.result(), tls.result(), loops))
                .onSuccess(
                        ports -> metrics.certificateEnds("clients", tls.result().notAfter()));
    }

    private byte[] signingKey() throws IOException {
        String configured = config.signing().key();
        return configured == null
                ? SecretFile.loadOrCreate(Path.of(config.data().directory(), SIGNING_KEY_FILE), SIGNING_KEY_BYTES)
                : Base64.getDecoder().decode(configured);
    }

    private Future<Void> openDirectory(byte[] signingKey) {
        Cluster joined = cluster;
        if (joined == null || !config.signaling().enabled()) {
            return Future.succeededFuture();
        }
        Duration life = Duration.ofSeconds(config.signaling().detachedSeconds()).plusMinutes(1);
        return ClusterDirectory.create(
                        vertx, joined.view(), new TokenSeal(signingKey, previousKey()), life, HOLDER_RENEWAL)
                .onSuccess(shared -> directory = shared)
                .mapEmpty();
    }

    private byte @Nullable [] previousKey() {
        String configured = config.signing().previousKey();
        return configured == null ? null : Base64.getDecoder().decode(configured);
    }

    private Future<List<Integer>> listen(
            PollVerticle poller, UpstreamClients mine, byte[] signingKey, TlsFiles.Loaded tls, int loops) {
        ThreadFeed feed = poller.feed();
        InboxCursorCodec inboxCursors = new InboxCursorCodec(signingKey, previousKey());
        CommandLimits limits = new CommandLimits(
                () -> live.limits().contentBytes(), config.upstream().timeoutMs());
        CursorCodec cursors = new CursorCodec(signingKey, previousKey());
        Commands commands = new Commands(vertx, mine.members(), feed, metrics, Timers.of(vertx), clock, limits);
        ProvenTokens tokens = new ProvenTokens(vertx, new TokenProof(mine.chat(), clock), clock);
        mine.chat().onUnauthorized(tokens::unauthorized);
        SocketContext services = socketContext(commands, tokens, signingKey);
        List<HttpServerOptions> listeners = Listeners.of(config, tls.options());
        RestRoutes pages = new RestRoutes(RestOptions.of(config), mine.identity());
        ChatProxyRoutes chatRoutes = new ChatProxyRoutes(
                live, mine.passing(), tokens, mine.members(), feed, metrics, clock, SocketVerticle::knownUser);
        EventGridRoutes events = new EventGridRoutes(config.events(), feed, metrics, clock);
        SignalingNode signaling = signaling(poller, mine, signingKey, cursors, tokens);
        return directory
                .open(new RemoteSessions(signaling.registry(), directory, tokens::doubted))
                .compose(opened -> vertx.deployVerticle(
                        () -> {
                            SocketVerticle verticle = new SocketVerticle(
                                    listeners,
                                    config.process().plainSockets(),
                                    services,
                                    loop -> new Hub(loop, feed, snapshots(commands, mine), cursors, metrics, clock),
                                    loop -> new InboxHub(
                                            loop, poller.inbox(), inboxEntries(commands), inboxCursors, metrics),
                                    router -> {
                                        pages.mount(router);
                                        chatRoutes.mount(router);
                                        events.mount(router);
                                    });
                            if (config.signaling().enabled()) {
                                verticle.add(SignalingProtocol.of(signaling));
                            }
                            sockets.add(verticle);
                            return verticle;
                        },
                        new DeploymentOptions().setInstances(loops)))
                .onSuccess(id -> socketDeployment = id)
                .map(id -> sockets.get(0).ports());
    }

    private SocketContext socketContext(Commands commands, ProvenTokens tokens, byte[] signingKey) {
        return new SocketContext(
                live,
                config.compression(),
                commands,
                tokens,
                new TicketCodec(signingKey, previousKey()),
                new UserConnections(live, clock.millis()),
                new Handshake(live),
                metrics,
                tracer,
                clock);
    }

    private SignalingNode signaling(
            PollVerticle poller, UpstreamClients mine, byte[] signingKey, CursorCodec cursors, ProvenTokens tokens) {
        SessionRegistry registry = new SessionRegistry(live, metrics);
        sessions = registry;
        return new SignalingNode(
                live,
                tokens,
                new SessionReferenceCodec(signingKey, previousKey()),
                registry,
                new ConnectionGrants(clock, () -> config.signaling().sessionsPerUser()),
                directory,
                poller.inbox(),
                cursors,
                new ChatCors(live),
                metrics,
                clock,
                () -> clock.millis() + mine.chat().clockOffsetMs(),
                SocketVerticle::knownUser);
    }

    private Replication.Factory replication(QuotaShares shares, UpstreamClients mine) {
        Cluster joined = cluster;
        return joined == null
                ? (scheduler, metrics, context) -> Replication.NONE
                : (scheduler, metrics, context) -> ClusterReplication.create(
                        new ClusterContext(joined, shares, mine.quota()), scheduler, metrics, context);
    }

    private static InboxEntries inboxEntries(Commands commands) {
        return new InboxEntries() {
            @Override
            public Future<JsonObject> entry(UserToken token, String threadId) {
                return commands.inboxEntry(token, threadId);
            }

            @Override
            public void receiptFound(String userId, String threadId, String messageId) {
                commands.receiptFound(userId, threadId, messageId);
            }
        };
    }

    private static Snapshots snapshots(Commands commands, UpstreamClients clients) {
        return (token, threadId, limit) -> {
            // The caller is subscribed, so a list of participants contains the user.
            clients.members().vouch(token.userId(), threadId);
            return commands.newest(token, threadId, limit)
                    .map(newest -> new Snapshots.Newest(newest.messages(), newest.readTo()));
        };
    }

    /** Replaces the certificates of the TLS listener, whose port all event loops share. */
    Future<Void> secure(ServerSSLOptions options) {
        return sockets.get(0).secure(options);
    }

    /** Passes messages to the poller without the chat service. */
    Future<Integer> ingest(List<IngestFeed.Ingested> messages) {
        IngestFeed feed = ingest;
        return feed == null ? Future.failedFuture("not started") : feed.ingest(messages);
    }

    /** The thread feed, which tells subscribers of changes that no poll finds; null before the start. */
    @Nullable
    ThreadFeed feed() {
        PollVerticle poller = polling;
        return poller == null ? null : poller.feed();
    }

    /** The event loops that must respond for the node to be alive. */
    List<Context> loops() {
        Stream<Context> poller = Stream.ofNullable(polling).map(PollVerticle::loop);
        return Stream.concat(sockets.stream().map(SocketVerticle::loop), poller).toList();
    }

    /** The state for operators; empty before the start. */
    Optional<NodeState> state() {
        PollVerticle poller = polling;
        UpstreamClients mine = clients;
        SessionRegistry registry = sessions;
        return poller == null || mine == null || registry == null
                ? Optional.empty()
                : Optional.of(new NodeState(
                        poller.threads(), new ConnectionReports(sockets), registry, mine.budgets(), this::view));
    }

    private Optional<NodeState.ClusterView> view() {
        return Optional.ofNullable(cluster).map(place -> place.view().get());
    }

    /** Asks clients to reconnect and hands this node's threads over to their followers. */
    Future<Void> drain() {
        long windowMs = config.reconnectSeconds() * 1000L;
        long begunMs = clock.millis();
        metrics.sockets().draining(() -> (clock.millis() - begunMs) / 1000.0);
        PollVerticle poller = polling;
        if (poller == null) {
            return Future.succeededFuture();
        }
        sockets.forEach(SocketVerticle::refuse);
        return poller.handOver(false)
                .timeout(HAND_OVER_MS, TimeUnit.MILLISECONDS)
                .transform(done -> Future.join(
                        sockets.stream().map(socket -> socket.drain(windowMs)).toList()))
                .transform(done -> poller.handOver(true).timeout(HAND_OVER_MS, TimeUnit.MILLISECONDS));
    }

    /** Stops sockets first, then polling, then the upstream clients. */
    Future<Void> stop() {
        return undeploy(socketDeployment)
                .transform(done -> directory.close())
                .transform(done -> undeploy(pollDeployment))
                .onComplete(done -> {
                    if (clients != null) {
                        clients.close();
                    }
                });
    }

    private Future<Void> undeploy(@Nullable String deployment) {
        return deployment == null ? Future.succeededFuture() : vertx.undeploy(deployment);
    }
}
