package dev.chatgateway.socket;

import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.InboxHub;
import dev.chatgateway.protocol.CloseCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's share of the browser's edge: its listeners, its hub, its connections. Deploy one instance per event
 * loop; instances share the ports.
 */
public final class SocketVerticle extends VerticleBase {
    private static final long TICK_MS = 1_000;

    private final List<HttpServerOptions> listeners;
    private final Services services;
    private final Function<Vertx, Hub> hubs;
    private final Function<Vertx, InboxHub> inboxes;
    private final Consumer<Router> extension;
    private final List<HttpServer> servers = new ArrayList<>();
    private final Map<Connection, SocketChannel> connections = new HashMap<>();
    private final Map<HttpConnection, Long> handshakes = new HashMap<>();
    private @Nullable Hub hub;
    private @Nullable InboxHub inbox;
    private @Nullable LoopMethods methods;

    /**
     * @param listeners one server each; see {@link Listeners}
     * @param hubs makes the loop's hub, on its context
     * @param inboxes makes the loop's hub of inboxes, on its context
     * @param extension adds the other rooms' routes; called once per instance
     */
    public SocketVerticle(
            List<HttpServerOptions> listeners,
            Services services,
            Function<Vertx, Hub> hubs,
            Function<Vertx, InboxHub> inboxes,
            Consumer<Router> extension) {
        this.listeners = List.copyOf(listeners);
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
                services.commands(), mine, inboxHub, services.limits().subscriptions());
        Router router = Router.router(vertx);
        // First, as its security headers go on every response of the router.
        extension.accept(router);
        router.get("/ws").handler(this::upgrade);
        vertx.setPeriodic(TICK_MS, timer -> tick());
        Future<?> ready = mine.start().compose(done -> inboxHub.start());
        for (HttpServerOptions options : listeners) {
            ready = ready.compose(done -> listen(options, router));
        }
        return ready;
    }

    @Override
    public Future<?> stop() {
        List.copyOf(connections.values()).forEach(channel -> channel.close(CloseCode.GOING_AWAY));
        List<Future<Void>> closing = servers.stream().map(HttpServer::close).toList();
        return Future.all(closing)
                .transform(done -> inbox == null ? Future.succeededFuture() : inbox.close())
                .transform(done -> hub == null ? Future.succeededFuture() : hub.close());
    }

    /** The actual port of each listener, in their order. */
    public List<Integer> ports() {
        return servers.stream().map(HttpServer::actualPort).toList();
    }

    /** The context that owns everything here. */
    public Context loop() {
        return context;
    }

    private Future<HttpServer> listen(HttpServerOptions options, Router router) {
        HttpServer server = vertx.createHttpServer(options)
                .connectionHandler(this::connected)
                .requestHandler(request -> {
                    handshakes.remove(request.connection());
                    router.handle(request);
                });
        servers.add(server);
        return server.listen()
                .recover(failure -> Future.failedFuture(new IOException(
                        "can't listen on " + options.getHost() + ":" + options.getPort() + ": " + failure.getMessage(),
                        failure)));
    }

    /** A peer that opens a connection and asks for nothing is cut off at the next tick past its time. */
    private void connected(HttpConnection connection) {
        long limitMs = services.limits().handshakeSeconds() * 1000L;
        handshakes.put(connection, services.clock().millis() + limitMs);
        connection.closeHandler(gone -> handshakes.remove(connection));
    }

    private void upgrade(RoutingContext context) {
        Handshake.Verdict verdict = services.handshake().judge(context.request());
        if (verdict instanceof Handshake.Verdict.Refuse refusal) {
            refuse(context, refusal);
            return;
        }
        if (!"websocket".equalsIgnoreCase(context.request().getHeader("Upgrade"))) {
            refuse(context, new Handshake.Verdict.Refuse(426, "noUpgrade", "Upgrade: missing (expected: websocket)"));
            return;
        }
        if (!services.users().enter()) {
            services.metrics().limitHit("connections");
            refuse(context, new Handshake.Verdict.Refuse(503, "nodeFull", "connections: this node is full"));
            return;
        }
        accept(context, (Handshake.Verdict.Upgrade) verdict);
    }

    private void refuse(RoutingContext context, Handshake.Verdict.Refuse refusal) {
        services.metrics().connectionRefused(refusal.reason());
        context.response()
                .setStatusCode(refusal.status())
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .end(refusal.message() + '\n');
    }

    /** The header is rewritten, as the handshake echoes a subprotocol of it: never the one that holds a token. */
    private void accept(RoutingContext context, Handshake.Verdict.Upgrade upgrade) {
        if (upgrade.echo() == null) {
            context.request().headers().remove("Sec-WebSocket-Protocol");
        } else {
            context.request().headers().set("Sec-WebSocket-Protocol", upgrade.echo());
        }
        String address = services.handshake().clientAddress(context.request());
        context.request()
                .toWebSocket()
                .onSuccess(socket -> opened(socket, upgrade, address))
                .onFailure(failure -> services.users().leave());
    }

    private void opened(ServerWebSocket socket, Handshake.Verdict.Upgrade upgrade, String address) {
        LoopMethods loop = methods;
        if (loop == null) {
            throw new IllegalStateException("upgrade before start");
        }
        services.metrics().connectionOpened();
        SocketChannel channel = new SocketChannel(socket, services.limits(), services.metrics(), services.clock());
        Connection connection = new Connection(services.users().name(), address, services, loop, channel);
        connections.put(connection, channel);
        socket.frameHandler(connection::frame);
        socket.exceptionHandler(channel::broken);
        socket.closeHandler(gone -> {
            connections.remove(connection);
            connection.ended(socket.closeStatusCode() == null ? 1006 : socket.closeStatusCode());
        });
        if (upgrade.known()) {
            connection.open(upgrade.token(), upgrade.ticket());
        } else {
            channel.close(CloseCode.UNKNOWN_SUBPROTOCOL);
        }
    }

    private void tick() {
        long nowMs = services.clock().millis();
        List.copyOf(connections.keySet()).forEach(connection -> connection.tick(nowMs));
        List<HttpConnection> late = handshakes.entrySet().stream()
                .filter(e -> nowMs > e.getValue())
                .map(Map.Entry::getKey)
                .toList();
        late.forEach(connection -> {
            services.metrics().connectionRefused("handshakeTimeout");
            handshakes.remove(connection);
            connection.close();
        });
    }
}
