package dev.chatgateway.socket;

import dev.chatgateway.event.NodeState;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.InboxHub;
import dev.chatgateway.protocol.CloseCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
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
public final class SocketVerticle extends VerticleBase {
    private static final String PATH = "/ws";
    private static final long TICK_MS = 1_000;

    private final List<HttpServerOptions> listeners;
    private final Services services;
    private final Function<Vertx, Hub> hubs;
    private final Function<Vertx, InboxHub> inboxes;
    private final Consumer<Router> extension;
    private final boolean plain;
    private final Set<Connection> late = new HashSet<>();
    private @Nullable Doors doors;
    private @Nullable Hub hub;
    private @Nullable InboxHub inbox;
    private @Nullable LoopMethods methods;
    private @Nullable Wheel wheel;
    private @Nullable RawLoop wires;
    private @Nullable Newcomers newcomers;
    private boolean draining;
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
            Services services,
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

    @Override
    public Future<?> start() {
        Hub mine = hubs.apply(vertx);
        hub = mine;
        InboxHub inboxHub = inboxes.apply(vertx);
        inbox = inboxHub;
        mine.also(inboxHub::moved);
        methods = new LoopMethods(
                services.commands(), mine, inboxHub, () -> services.limits().subscriptions());
        wheel = new Wheel(services.clock().millis());
        long handshakeMs = services.limits().handshakeSeconds() * 1000L;
        wires = new RawLoop(context, handshakeMs, RawDeflate.of(services));
        newcomers = new Newcomers(handshakeMs, services.metrics().sockets());
        Router router = Router.router(vertx);
        // First, as its security headers go on every response of the router.
        extension.accept(router);
        // Exactly: a path as text would be taken with a slash at its end too.
        router.getWithRegex(PATH).handler(this::refuse);
        vertx.setPeriodic(TICK_MS, timer -> tick());
        Doors open = new Doors(vertx, listeners);
        doors = open;
        return mine.start()
                .compose(done -> inboxHub.start())
                .compose(done -> open.open(this::connected, request -> take(request, router)));
    }

    @Override
    public Future<?> stop() {
        if (wheel != null) {
            wheel.all().forEach(connection -> connection.close(CloseCode.GOING_AWAY));
        }
        Future<Void> closed = doors == null ? Future.succeededFuture() : doors.close();
        return closed.transform(done -> inbox == null ? Future.succeededFuture() : inbox.close())
                .transform(done -> hub == null ? Future.succeededFuture() : hub.close())
                .onComplete(done -> {
                    if (wires != null) {
                        wires.close();
                    }
                });
    }

    /** Takes no new connection from now on. Any context. */
    public void refuse() {
        context.runOnContext(turn -> draining = true);
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
        context.runOnContext(v -> {
            List<Connection> all = wheel == null ? List.of() : wheel.all();
            if (windowMs == 0 || all.isEmpty()) {
                done.complete();
            } else {
                var seen = services.metrics().sockets();
                new Drain(vertx, all, windowMs, services.clock(), seen).run().onComplete(done);
            }
        });
        return done.future();
    }

    /** The actual port of each listener, in their order. */
    public List<Integer> ports() {
        return doors == null ? List.of() : doors.ports();
    }

    /** Bytes outside the heap that the node's network buffers hold. */
    public static double directMemory() {
        return RawMemory.used();
    }

    /** The context that owns everything here. */
    public Context loop() {
        return context;
    }

    /** The loop's connections whose names follow the given one, so many at most. Any context. */
    Future<NodeState.Page<NodeState.ConnectionEntry>> connections(String after, int limit) {
        Promise<NodeState.Page<NodeState.ConnectionEntry>> page = Promise.promise();
        context.runOnContext(turn -> page.complete(NodeState.page(
                wheel == null ? List.of() : wheel.all(), Connection::id, after, limit, Connection::report)));
        return page.future();
    }

    /** New certificates for the TLS listeners, here and on the loops that share their ports; connections stay. */
    public Future<Void> secure(ServerSSLOptions options) {
        return doors == null ? Future.succeededFuture() : doors.secure(options);
    }

    /** A peer that opens a connection and asks for nothing is cut off at the next tick past its time. */
    private void connected(HttpConnection connection) {
        if (!services.handshake().admits(connection)) {
            services.metrics().sockets().connectionRefused("untrustedProxy");
            connection.close();
            return;
        }
        if (newcomers != null) {
            newcomers.add(connection, services.clock().millis());
        }
        if (services.compression().enabled()) {
            RawDeflate.instead(connection);
        }
    }

    /**
     * Upgrades go past the router, which would wrap the socket. What is not upgraded gets its answer there, with the
     * headers of all others.
     */
    private void take(HttpServerRequest request, Router router) {
        long nowMs = services.clock().millis();
        long begunMs = newcomers == null ? nowMs : newcomers.asked(request.connection(), nowMs);
        boolean asks =
                request.method().equals(HttpMethod.GET) && PATH.equals(request.path()) && Doors.asksForUpgrade(request);
        if (!asks || !(services.handshake().judge(request) instanceof Handshake.Verdict.Upgrade upgrade)) {
            router.handle(request);
        } else if (draining) {
            busy(request, "draining", "connections: this node is about to end");
        } else if (services.users().handshake(nowMs) > 0) {
            busy(request, "handshakesPerSecond", "connections: too many at once");
        } else if (!services.users().enter()) {
            busy(request, "nodeFull", "connections: this node is full");
        } else {
            accept(request, upgrade, begunMs);
        }
    }

    /** 503 before the upgrade stands for 1013 after it (docs/protocol.md, close codes). */
    private void busy(HttpServerRequest request, String reason, String message) {
        refuse(Doors.bare(request).putHeader("Retry-After", "1"), new Handshake.Verdict.Refuse(503, reason, message));
    }

    private void refuse(RoutingContext context) {
        Handshake.Verdict verdict = services.handshake().judge(context.request());
        refuse(
                context.response(),
                verdict instanceof Handshake.Verdict.Refuse refusal
                        ? refusal
                        : new Handshake.Verdict.Refuse(426, "noUpgrade", "Upgrade: missing (expected: websocket)"));
    }

    private void refuse(HttpServerResponse response, Handshake.Verdict.Refuse refusal) {
        services.metrics().sockets().connectionRefused(refusal.reason());
        Doors.answer(response, refusal.status(), refusal.message());
    }

    /** The header is rewritten, as the handshake echoes a subprotocol of it: never the one that holds a token. */
    private void accept(HttpServerRequest request, Handshake.Verdict.Upgrade upgrade, long begunMs) {
        if (upgrade.echo() == null) {
            request.headers().remove("Sec-WebSocket-Protocol");
        } else {
            request.headers().set("Sec-WebSocket-Protocol", upgrade.echo());
        }
        String address = services.handshake().clientAddress(request);
        boolean deflates = services.compression().enabled() && RawDeflate.agree(request);
        RawEarly early = RawEarly.on(request);
        request.toWebSocket()
                .onSuccess(socket -> {
                    services.metrics()
                            .sockets()
                            .connectionOpened(services.clock().millis() - begunMs);
                    opened(socket, upgrade, address, deflates);
                    early.release();
                })
                .onFailure(failure -> {
                    early.drop();
                    services.users().leave();
                });
    }

    private void opened(ServerWebSocket socket, Handshake.Verdict.Upgrade upgrade, String address, boolean deflates) {
        LoopMethods loop = methods;
        Wheel places = wheel;
        RawLoop raw = wires;
        if (loop == null || places == null || raw == null) {
            throw new IllegalStateException("upgrade before start");
        }
        Wire wire = plain ? new PlainWire(socket) : RawTakeOver.over(socket, raw, deflates);
        SocketChannel channel =
                new SocketChannel(wire, services.limits(), services.metrics(), traffic, services.clock());
        Connection connection = new Connection(services.users().name(), address, services, loop, channel, this::ended);
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
        Wheel places = wheel;
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
        if (newcomers != null) {
            newcomers.tick(nowMs);
        }
    }
}
