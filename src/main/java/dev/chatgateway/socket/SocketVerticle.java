package dev.chatgateway.socket;

import dev.chatgateway.config.RequestTarget;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.inbox.InboxHub;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.socket.accept.Listeners;
import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import dev.chatgateway.socket.connection.Connection;
import dev.chatgateway.socket.connection.ConnectionSlot;
import dev.chatgateway.socket.connection.Drain;
import dev.chatgateway.socket.connection.Handshake;
import dev.chatgateway.socket.connection.HttpListeners;
import dev.chatgateway.socket.connection.RequestDispatcher;
import dev.chatgateway.socket.connection.SocketChannel;
import dev.chatgateway.socket.connection.SocketContext;
import dev.chatgateway.socket.connection.TimerWheel;
import dev.chatgateway.socket.stream.Streams;
import dev.chatgateway.socket.transport.ChannelTakeOver;
import dev.chatgateway.socket.transport.Deflate;
import dev.chatgateway.socket.transport.DirectMemory;
import dev.chatgateway.socket.transport.FlushLoop;
import dev.chatgateway.socket.transport.TrafficCounters;
import dev.chatgateway.socket.transport.Transport;
import dev.chatgateway.socket.transport.VertxTransport;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.ext.web.Router;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The client-facing part of one event loop: its listeners, its hub and its connections. Deploy one instance
 * for each event loop; the instances share the ports. Owned by its event loop; methods that may be called from other
 * threads say so.
 */
public final class SocketVerticle extends VerticleBase implements NodeState.Connections {
    private static final long TICK_MS = 1_000;
    /** The event loops exchange the last packets of the second protocol in this time. */
    private static final long FLUSH_MS = 50;

    private final List<HttpServerOptions> listenerOptions;
    private final SocketContext socketContext;
    private final Function<Vertx, Hub> hubFactory;
    private final Function<Vertx, InboxHub> inboxFactory;
    private final Consumer<Router> routes;
    private final boolean vertxTransport;
    private final Set<Connection> slowConnections = new HashSet<>();
    private @Nullable HttpListeners httpListeners;
    private @Nullable Hub hub;
    private @Nullable InboxHub inboxHub;
    private @Nullable RequestDispatcher dispatcher;
    private @Nullable TimerWheel timerWheel;
    private @Nullable FlushLoop flushLoop;
    private @Nullable Upgrades upgrades;
    private @Nullable Streams streams;
    private SocketProtocol.@Nullable Factory secondProtocolFactory;
    private @Nullable SocketProtocol secondProtocol;
    private final TrafficCounters traffic = new TrafficCounters();

    /**
     * @param listenerOptions options of one server each; see {@link Listeners}
     * @param vertxTransport whether to use {@link VertxTransport} instead of {@link
     *     dev.chatgateway.socket.transport.NettyTransport}
     * @param hubFactory creates the hub of the event loop, on its context
     * @param inboxFactory creates the inbox hub of the event loop, on its context
     * @param routes adds the routes of other packages; called once
     */
    public SocketVerticle(
            List<HttpServerOptions> listenerOptions,
            boolean vertxTransport,
            SocketContext socketContext,
            Function<Vertx, Hub> hubFactory,
            Function<Vertx, InboxHub> inboxFactory,
            Consumer<Router> routes) {
        this.listenerOptions = List.copyOf(listenerOptions);
        this.vertxTransport = vertxTransport;
        this.socketContext = socketContext;
        this.hubFactory = hubFactory;
        this.inboxFactory = inboxFactory;
        this.routes = routes;
    }

    /** Adds a second protocol. Call it before the deployment. */
    public void add(SocketProtocol.Factory factory) {
        secondProtocolFactory = factory;
    }

    @Override
    public Future<?> start() {
        Hub newHub = hubFactory.apply(vertx);
        hub = newHub;
        InboxHub newInboxHub = inboxFactory.apply(vertx);
        inboxHub = newInboxHub;
        newHub.setUpdateListener(newInboxHub::applyThreadUpdate);
        dispatcher = new RequestDispatcher(
                socketContext.commands(),
                newHub,
                newInboxHub,
                () -> socketContext.limits().subscriptions(),
                task -> context.runOnContext(v -> task.run()));
        secondProtocol = secondProtocolFactory == null ? null : secondProtocolFactory.create(vertx, context, newHub);
        timerWheel = new TimerWheel(socketContext.clock().millis());
        long handshakeMs = socketContext.limits().handshakeSeconds() * 1000L;
        FlushLoop newFlushLoop = new FlushLoop(
                context,
                handshakeMs,
                Deflate.of(socketContext.compression(), socketContext.limits().frameBytes(), socketContext.metrics()));
        flushLoop = newFlushLoop;
        Upgrades newUpgrades = new Upgrades(socketContext, opener(), () -> secondProtocol);
        upgrades = newUpgrades;
        Streams newStreams = new Streams(vertx, context, socketContext, dispatcher, newFlushLoop, this::open);
        streams = newStreams;
        Router router = Router.router(vertx);
        if (secondProtocol != null) {
            secondProtocol.mount(router);
        }
        // These routes come before the others, because they add security headers to the responses of all later routes.
        // The second protocol's routes set their own headers.
        routes.accept(router);
        // A regular expression: a path string would also match with a trailing slash.
        router.getWithRegex(Upgrades.PATH).handler(newUpgrades::refuse);
        vertx.setPeriodic(TICK_MS, timer -> tick());
        HttpListeners newListeners = new HttpListeners(vertx, listenerOptions);
        httpListeners = newListeners;
        return newHub.start()
                .compose(done -> newInboxHub.start())
                .compose(done -> secondProtocol == null ? Future.succeededFuture() : secondProtocol.start())
                .compose(done -> newListeners.open(
                        this::connected, request -> handle(request, router, newUpgrades, newStreams)));
    }

    @Override
    public Future<?> stop() {
        if (timerWheel != null) {
            timerWheel.all().forEach(connection -> connection.close(CloseCode.GOING_AWAY));
        }
        if (secondProtocol != null) {
            secondProtocol.refuse();
        }
        // Before the listeners, which close all channels: the clients get the last packets of their sessions.
        Future<Void> closed = secondProtocol == null ? Future.succeededFuture() : secondProtocol.close();
        return closed.transform(done -> secondProtocol == null ? Future.succeededFuture() : flushed())
                .transform(done -> httpListeners == null ? Future.succeededFuture() : httpListeners.close())
                .transform(done -> inboxHub == null ? Future.succeededFuture() : inboxHub.close())
                .transform(done -> hub == null ? Future.succeededFuture() : hub.close())
                .onComplete(done -> {
                    if (flushLoop != null) {
                        flushLoop.close();
                    }
                });
    }

    /** Completes when the last packets are written, also those of sessions that another event loop owns. */
    private Future<Void> flushed() {
        Promise<Void> done = Promise.promise();
        vertx.setTimer(FLUSH_MS, fired -> done.complete());
        return done.future();
    }

    /** Refuses new connections from now on. Any thread. */
    public void refuse() {
        context.runOnContext(v -> {
            if (upgrades != null) {
                upgrades.refuse();
            }
            if (streams != null) {
                streams.refuse();
            }
            if (secondProtocol != null) {
                secondProtocol.refuse();
            }
        });
    }

    /**
     * Asks all clients to reconnect elsewhere, each at its own time within the window. A client that is still connected
     * after its time is closed with 1012. Call {@link #refuse} before. Any thread.
     *
     * @param windowMs milliseconds; 0: clients are not asked, and stay connected until {@link #stop}
     * @return completes when no connection is left, with a window of 0 at once
     */
    public Future<Void> drain(long windowMs) {
        Promise<Void> done = Promise.promise();
        Promise<Void> secondDone = Promise.promise();
        context.runOnContext(v -> {
            if (secondProtocol == null || windowMs == 0) {
                secondDone.complete();
            } else {
                secondProtocol.drain(windowMs).onComplete(secondDone);
            }
            List<Connection> all = timerWheel == null ? List.of() : timerWheel.all();
            if (windowMs == 0 || all.isEmpty()) {
                done.complete();
            } else {
                var metrics = socketContext.metrics().sockets();
                new Drain(vertx, all, windowMs, socketContext.clock(), metrics)
                        .run()
                        .onComplete(done);
            }
        });
        return Future.join(done.future(), secondDone.future()).mapEmpty();
    }

    /** The actual ports, in the order of the listener options. */
    public List<Integer> ports() {
        return httpListeners == null ? List.of() : httpListeners.ports();
    }

    /** Bytes of direct memory that Netty uses in this process. */
    public static double directMemory() {
        return DirectMemory.used();
    }

    /** Assigns an HTTP connection to a user, after the service has accepted the token of one of its requests. */
    public static void knownUser(HttpConnection connection, String userId) {
        UnauthenticatedConnection.knownUser(connection, userId);
    }

    /** The context of the verticle. */
    public Context loop() {
        return context;
    }

    /** Lists connections of this event loop with ids after {@code after}. Any thread. */
    @Override
    public Future<NodeState.Page<NodeState.ConnectionEntry>> connections(String after, int limit) {
        Promise<NodeState.Page<NodeState.ConnectionEntry>> page = Promise.promise();
        context.runOnContext(v -> page.complete(NodeState.page(
                timerWheel == null ? List.of() : timerWheel.all(), Connection::id, after, limit, Connection::report)));
        return page.future();
    }

    /**
     * Replaces the certificates of the TLS listeners, on all event loops that share their ports. Connections stay open.
     */
    public Future<Void> secure(ServerSSLOptions options) {
        return httpListeners == null ? Future.succeededFuture() : httpListeners.secure(options);
    }

    private void connected(HttpConnection connection) {
        if (!socketContext.handshake().admits(connection)) {
            socketContext.metrics().sockets().connectionRefused("untrustedProxy");
            connection.close();
            return;
        }
        UnauthenticatedConnection unauthenticated = UnauthenticatedConnection.of(connection);
        if (unauthenticated != null) {
            unauthenticated.followHttp1();
            socketContext.handshake().client(connection).ifPresent(client -> unauthenticated.assignTo(client, false));
        }
        if (socketContext.compression().enabled()) {
            Deflate.removeVertxExtensions(connection);
        }
    }

    /**
     * Handles upgrades before the router, which would wrap the socket. Requests that are not upgraded are answered by
     * the router, with its security headers.
     */
    private void handle(HttpServerRequest request, Router router, Upgrades webSocketUpgrades, Streams httpStreams) {
        try {
            if (!RequestTarget.decodes(request.uri())) {
                throw new IllegalArgumentException("target: invalid percent-encoding");
            }
            socketContext.handshake().forwarded(request).ifPresent(client -> {
                UnauthenticatedConnection unauthenticated = UnauthenticatedConnection.of(request.connection());
                if (unauthenticated != null) {
                    unauthenticated.assignTo(client, false);
                }
            });
            if (!webSocketUpgrades.handle(request) && !httpStreams.handle(request)) {
                router.handle(request);
            }
        } catch (RuntimeException malformed) {
            webSocketUpgrades.malformed(request, malformed);
        }
    }

    private Upgrades.Opener opener() {
        return new Upgrades.Opener() {
            @Override
            public void open(
                    ServerWebSocket socket,
                    Handshake.Verdict.Upgrade upgrade,
                    String address,
                    boolean deflate,
                    ConnectionSlot slot) {
                opened(socket, upgrade, address, deflate, slot);
            }

            @Override
            public void open(ServerWebSocket socket, SocketProtocol.Opening opening, ConnectionSlot slot) {
                opening.open(transport(socket, false), slot);
            }
        };
    }

    private Transport transport(ServerWebSocket socket, boolean deflate) {
        FlushLoop loop = flushLoop;
        if (loop == null) {
            throw new IllegalStateException("upgrade before start");
        }
        return vertxTransport ? new VertxTransport(socket) : ChannelTakeOver.over(socket, loop, deflate);
    }

    private void opened(
            ServerWebSocket socket,
            Handshake.Verdict.Upgrade upgrade,
            String address,
            boolean deflate,
            ConnectionSlot slot) {
        Connection connection = open(transport(socket, deflate), Connection.Kind.WEBSOCKET, slot, address);
        if (upgrade.known()) {
            connection.open(upgrade.token(), upgrade.ticket());
        } else {
            connection.close(CloseCode.UNKNOWN_SUBPROTOCOL);
        }
    }

    private Connection open(Transport transport, Connection.Kind kind, ConnectionSlot slot, String address) {
        RequestDispatcher requestDispatcher = dispatcher;
        TimerWheel wheel = timerWheel;
        if (requestDispatcher == null || wheel == null) {
            throw new IllegalStateException("connection before start");
        }
        SocketChannel channel = new SocketChannel(
                transport, socketContext.limits(), socketContext.metrics(), traffic, socketContext.clock());
        Connection connection =
                new Connection(kind, address, slot, socketContext, requestDispatcher, channel, this::connectionClosed);
        slot.onEvicted(() -> context.runOnContext(v -> connection.close(CloseCode.NODE_FULL)));
        transport.open(connection.frameHandler(slowConnections::add));
        wheel.add(connection, TICK_MS);
        return connection;
    }

    private void connectionClosed(Connection connection) {
        slowConnections.remove(connection);
        if (timerWheel != null) {
            timerWheel.remove(connection);
        }
    }

    private void tick() {
        traffic.report(socketContext.metrics().sockets());
        long nowMs = socketContext.clock().millis();
        TimerWheel wheel = timerWheel;
        if (wheel != null) {
            for (Connection connection : wheel.due(nowMs)) {
                long delayMs = connection.tick(nowMs);
                if (!connection.isClosed()) {
                    wheel.add(connection, delayMs);
                }
            }
        }
        for (Connection connection : List.copyOf(slowConnections)) {
            if (!connection.checkBacklog(nowMs)) {
                slowConnections.remove(connection);
            }
        }
    }
}
