package dev.chatgateway.socket;

import dev.chatgateway.config.RequestTarget;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.inbox.InboxHub;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.socket.accept.Listeners;
import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import dev.chatgateway.socket.connection.Connection;
import dev.chatgateway.socket.connection.Drain;
import dev.chatgateway.socket.connection.Handshake;
import dev.chatgateway.socket.connection.HttpListeners;
import dev.chatgateway.socket.connection.NodePlace;
import dev.chatgateway.socket.connection.RequestDispatcher;
import dev.chatgateway.socket.connection.SocketChannel;
import dev.chatgateway.socket.connection.SocketContext;
import dev.chatgateway.socket.connection.TimerWheel;
import dev.chatgateway.socket.transport.ChannelTakeOver;
import dev.chatgateway.socket.transport.Deflate;
import dev.chatgateway.socket.transport.DirectMemory;
import dev.chatgateway.socket.transport.FlushLoop;
import dev.chatgateway.socket.transport.Traffic;
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
 * One event loop's share of the browser's edge: its listeners, its hub, its connections. Deploy one instance per event
 * loop; instances share the ports.
 */
public final class SocketVerticle extends VerticleBase implements NodeState.Connections {
    private static final long TICK_MS = 1_000;

    private final List<HttpServerOptions> listeners;
    private final SocketContext services;
    private final Function<Vertx, Hub> hubs;
    private final Function<Vertx, InboxHub> inboxes;
    private final Consumer<Router> extension;
    private final boolean plain;
    private final Set<Connection> late = new HashSet<>();
    private @Nullable HttpListeners doors;
    private @Nullable Hub hub;
    private @Nullable InboxHub inbox;
    private @Nullable RequestDispatcher methods;
    private @Nullable TimerWheel wheel;
    private @Nullable FlushLoop wires;
    private @Nullable Upgrades upgrades;
    private SocketProtocol.@Nullable Factory secondFactory;
    private @Nullable SocketProtocol second;
    private final Traffic traffic = new Traffic();

    /**
     * @param listeners one server each; see {@link Listeners}
     * @param plain whether sockets are written to through Vert.x's public interface alone
     * @param hubs makes the loop's hub, on its context
     * @param inboxes makes the loop's hub of inboxes, on its context
     * @param extension adds the other rooms' routes; called once per instance
     */
    public SocketVerticle(
            List<HttpServerOptions> listeners,
            boolean plain,
            SocketContext services,
            Function<Vertx, Hub> hubs,
            Function<Vertx, InboxHub> inboxes,
            Consumer<Router> extension) {
        this.listeners = List.copyOf(listeners);
        this.plain = plain;
        this.services = services;
        this.hubs = hubs;
        this.inboxes = inboxes;
        this.extension = extension;
    }

    /** Adds a second protocol; call it before the deployment. */
    public void add(SocketProtocol.Factory factory) {
        secondFactory = factory;
    }

    @Override
    public Future<?> start() {
        Hub mine = hubs.apply(vertx);
        hub = mine;
        InboxHub inboxHub = inboxes.apply(vertx);
        inbox = inboxHub;
        mine.also(inboxHub::moved);
        methods = new RequestDispatcher(
                services.commands(),
                mine,
                inboxHub,
                () -> services.limits().subscriptions(),
                task -> context.runOnContext(turn -> task.run()));
        second = secondFactory == null ? null : secondFactory.of(vertx, context, mine);
        wheel = new TimerWheel(services.clock().millis());
        long handshakeMs = services.limits().handshakeSeconds() * 1000L;
        wires = new FlushLoop(
                context,
                handshakeMs,
                Deflate.of(services.compression(), services.limits().frameBytes(), services.metrics()));
        Upgrades upgrading = new Upgrades(services, opener(), () -> second);
        upgrades = upgrading;
        Router router = Router.router(vertx);
        if (second != null) {
            second.mount(router);
        }
        // First, as its security headers go on every response of the router.
        extension.accept(router);
        // Exactly: a path as text would be taken with a slash at its end too.
        router.getWithRegex(Upgrades.PATH).handler(upgrading::refuse);
        vertx.setPeriodic(TICK_MS, timer -> tick());
        HttpListeners open = new HttpListeners(vertx, listeners);
        doors = open;
        return mine.start()
                .compose(done -> inboxHub.start())
                .compose(done -> second == null ? Future.succeededFuture() : second.start())
                .compose(done -> open.open(this::connected, request -> take(request, router, upgrading)));
    }

    @Override
    public Future<?> stop() {
        if (wheel != null) {
            wheel.all().forEach(connection -> connection.close(CloseCode.GOING_AWAY));
        }
        Future<Void> closed = doors == null ? Future.succeededFuture() : doors.close();
        return closed.transform(done -> second == null ? Future.succeededFuture() : second.close())
                .transform(done -> inbox == null ? Future.succeededFuture() : inbox.close())
                .transform(done -> hub == null ? Future.succeededFuture() : hub.close())
                .onComplete(done -> {
                    if (wires != null) {
                        wires.close();
                    }
                });
    }

    /** Takes no new connection from now on. Any context. */
    public void refuse() {
        context.runOnContext(turn -> {
            if (upgrades != null) {
                upgrades.refuse();
            }
            if (second != null) {
                second.refuse();
            }
        });
    }

    /**
     * After {@link #refuse}: tells all to move, each at its own moment of the window; who has not by then is closed
     * with 1012. Any context.
     *
     * @param windowMs 0: nobody is told, and all stay until {@link #stop}
     * @return done when nobody is here any more
     */
    public Future<Void> drain(long windowMs) {
        Promise<Void> done = Promise.promise();
        Promise<Void> others = Promise.promise();
        context.runOnContext(v -> {
            if (second == null || windowMs == 0) {
                others.complete();
            } else {
                second.drain(windowMs).onComplete(others);
            }
            List<Connection> all = wheel == null ? List.of() : wheel.all();
            if (windowMs == 0 || all.isEmpty()) {
                done.complete();
            } else {
                var seen = services.metrics().sockets();
                new Drain(vertx, all, windowMs, services.clock(), seen).run().onComplete(done);
            }
        });
        return Future.join(done.future(), others.future()).mapEmpty();
    }

    /** The actual port of each listener, in their order. */
    public List<Integer> ports() {
        return doors == null ? List.of() : doors.ports();
    }

    /** Bytes outside the heap that the node's network buffers hold. */
    public static double directMemory() {
        return DirectMemory.used();
    }

    /** A request of the connection bore a token that the service has accepted: the user holds it from now on. */
    public static void knownUser(HttpConnection connection, String userId) {
        UnauthenticatedConnection visit = UnauthenticatedConnection.of(connection);
        if (visit != null) {
            visit.move("user " + userId, true);
        }
    }

    /** The context that owns everything here. */
    public Context loop() {
        return context;
    }

    /** The loop's connections whose names follow the given one, so many at most. Any context. */
    @Override
    public Future<NodeState.Page<NodeState.ConnectionEntry>> connections(String after, int limit) {
        Promise<NodeState.Page<NodeState.ConnectionEntry>> page = Promise.promise();
        context.runOnContext(turn -> page.complete(NodeState.page(
                wheel == null ? List.of() : wheel.all(), Connection::id, after, limit, Connection::report)));
        return page.future();
    }

    /** New certificates for the TLS listeners, here and on the loops that share their ports; connections stay. */
    public Future<Void> secure(ServerSSLOptions options) {
        return doors == null ? Future.succeededFuture() : doors.secure(options);
    }

    private void connected(HttpConnection connection) {
        if (!services.handshake().admits(connection)) {
            services.metrics().sockets().connectionRefused("untrustedProxy");
            connection.close();
            return;
        }
        UnauthenticatedConnection visit = UnauthenticatedConnection.of(connection);
        if (visit != null) {
            visit.http1();
            services.handshake().client(connection).ifPresent(client -> visit.move(client, false));
        }
        if (services.compression().enabled()) {
            Deflate.instead(connection);
        }
    }

    /**
     * Upgrades go past the router, which would wrap the socket. What is not upgraded gets its answer there, with the
     * headers of all others.
     */
    private void take(HttpServerRequest request, Router router, Upgrades upgrading) {
        try {
            if (!RequestTarget.decodes(request.uri())) {
                throw new IllegalArgumentException("target: escapes that are none");
            }
            services.handshake().forwarded(request).ifPresent(client -> {
                UnauthenticatedConnection visit = UnauthenticatedConnection.of(request.connection());
                if (visit != null) {
                    visit.move(client, false);
                }
            });
            if (!upgrading.take(request)) {
                router.handle(request);
            }
        } catch (RuntimeException malformed) {
            upgrading.malformed(request, malformed);
        }
    }

    private Upgrades.Opener opener() {
        return new Upgrades.Opener() {
            @Override
            public void open(
                    ServerWebSocket socket,
                    Handshake.Verdict.Upgrade upgrade,
                    String address,
                    boolean deflates,
                    NodePlace stay) {
                opened(socket, upgrade, address, deflates, stay);
            }

            @Override
            public void open(ServerWebSocket socket, SocketProtocol.Opening opening, NodePlace stay) {
                opening.open(transport(socket, false), stay);
            }
        };
    }

    private Transport transport(ServerWebSocket socket, boolean deflates) {
        FlushLoop raw = wires;
        if (raw == null) {
            throw new IllegalStateException("upgrade before start");
        }
        return plain ? new VertxTransport(socket) : ChannelTakeOver.over(socket, raw, deflates);
    }

    private void opened(
            ServerWebSocket socket,
            Handshake.Verdict.Upgrade upgrade,
            String address,
            boolean deflates,
            NodePlace stay) {
        RequestDispatcher loop = methods;
        TimerWheel places = wheel;
        if (loop == null || places == null) {
            throw new IllegalStateException("upgrade before start");
        }
        Transport wire = transport(socket, deflates);
        SocketChannel channel =
                new SocketChannel(wire, services.limits(), services.metrics(), traffic, services.clock());
        Connection connection = new Connection(address, stay, services, loop, channel, this::ended);
        stay.whenEnded(() -> context.runOnContext(turn -> connection.close(CloseCode.NODE_FULL)));
        wire.open(connection.incoming(late::add));
        places.add(connection, TICK_MS);
        if (upgrade.known()) {
            connection.open(upgrade.token(), upgrade.ticket());
        } else {
            channel.close(CloseCode.UNKNOWN_SUBPROTOCOL);
        }
    }

    private void ended(Connection connection) {
        late.remove(connection);
        if (wheel != null) {
            wheel.remove(connection);
        }
    }

    private void tick() {
        traffic.tell(services.metrics().sockets());
        long nowMs = services.clock().millis();
        TimerWheel places = wheel;
        if (places != null) {
            for (Connection connection : places.due(nowMs)) {
                long inMs = connection.tick(nowMs);
                if (!connection.over()) {
                    places.add(connection, inMs);
                }
            }
        }
        for (Connection connection : List.copyOf(late)) {
            if (!connection.late(nowMs)) {
                late.remove(connection);
            }
        }
    }
}
