package dev.chatgateway.socket;

import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import dev.chatgateway.socket.connection.Handshake;
import dev.chatgateway.socket.connection.HttpListeners;
import dev.chatgateway.socket.connection.NodePlace;
import dev.chatgateway.socket.connection.SocketContext;
import dev.chatgateway.socket.connection.UserConnections;
import dev.chatgateway.socket.transport.Deflate;
import dev.chatgateway.socket.transport.EarlyFrames;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Upgrade requests. Each gets an answer, whatever is wrong with it, and what it took of the node's places is given back
 * unless a socket was opened. Owned by one event loop.
 */
final class Upgrades {
    static final String PATH = "/ws";
    private static final Logger LOG = LoggerFactory.getLogger(Upgrades.class);

    private final SocketContext services;
    private final Opener opener;
    private final Supplier<@Nullable SocketProtocol> second;
    private boolean draining;

    /** @param second the other protocol of the loop's sockets, if there is one */
    Upgrades(SocketContext services, Opener opener, Supplier<@Nullable SocketProtocol> second) {
        this.second = second;
        this.services = services;
        this.opener = opener;
    }

    /** Makes a connection of an upgraded socket. */
    interface Opener {
        void open(
                ServerWebSocket socket,
                Handshake.Verdict.Upgrade upgrade,
                String address,
                boolean deflates,
                NodePlace stay);

        /** Hands an upgraded socket to the other protocol. */
        void open(ServerWebSocket socket, SocketProtocol.Opening opening, NodePlace stay);
    }

    /** Takes no new connection from now on. */
    void refuse() {
        draining = true;
    }

    /** Whether the request is answered here; all others are the router's. */
    boolean take(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) || !HttpListeners.asksForUpgrade(request)) {
            return false;
        }
        boolean own = PATH.equals(request.path());
        SocketProtocol protocol = second.get();
        SocketProtocol.Opening opening = own || protocol == null ? null : protocol.upgrade(request);
        if (!own && opening == null) {
            return false;
        }
        if (!(services.handshake().judge(request) instanceof Handshake.Verdict.Upgrade upgrade)) {
            if (opening != null) {
                refuseBare(request);
            }
            return opening != null;
        }
        Handshake.Verdict.Refuse odd = odd(request);
        if (odd != null) {
            refuse(HttpListeners.bare(request), odd);
        } else if (draining) {
            busy(request, "draining", "connections: this node is about to end");
        } else if (services.users().handshake(services.clock().millis()) > 0) {
            busy(request, "handshakesPerSecond", "connections: too many at once");
        } else {
            enter(request, upgrade, opening);
        }
        return true;
    }

    /** What makes it no upgrade to a WebSocket (RFC 6455 section 4.2.1). */
    private static Handshake.Verdict.@Nullable Refuse odd(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_1_1) {
            return malformed("upgrade: not of HTTP/1.1 (expected: HTTP/1.1)");
        }
        boolean listed = Arrays.stream(String.join(",", request.headers().getAll(HttpHeaders.CONNECTION))
                        .toLowerCase(Locale.ROOT)
                        .split(",", -1))
                .anyMatch(option -> option.strip().equals("upgrade"));
        if (!listed) {
            return malformed("Connection: without Upgrade (expected: Upgrade)");
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || (length != null && !length.equals("0"))) {
            return malformed("upgrade: with a body (expected: none)");
        }
        return request.getHeader("Sec-WebSocket-Key") == null
                ? malformed("Sec-WebSocket-Key: missing (expected: as RFC 6455 says)")
                : null;
    }

    private static Handshake.Verdict.Refuse malformed(String message) {
        return new Handshake.Verdict.Refuse(400, "malformed", message);
    }

    private void refuseBare(HttpServerRequest request) {
        if (services.handshake().judge(request) instanceof Handshake.Verdict.Refuse refusal) {
            refuse(HttpListeners.bare(request), refusal);
        }
    }

    private void enter(
            HttpServerRequest request, Handshake.Verdict.Upgrade upgrade, SocketProtocol.@Nullable Opening opening) {
        String address = services.handshake().clientAddress(request);
        Optional<UserConnections.Place> place = services.users()
                .enter(address, services.clock().millis(), () -> services.metrics()
                        .limitHit("unsignedSockets"));
        if (place.isEmpty()) {
            busy(request, "nodeFull", "connections: this node is full");
            return;
        }
        NodePlace stay =
                new NodePlace(services.users(), place.get(), UnauthenticatedConnection.of(request.connection()));
        try {
            upgrade(request, upgrade, address, stay, opening);
        } catch (RuntimeException failure) {
            stay.leave();
            throw failure;
        }
    }

    /** The header is rewritten, as the handshake echoes a subprotocol of it: never the one that holds a token. */
    private void upgrade(
            HttpServerRequest request,
            Handshake.Verdict.Upgrade upgrade,
            String address,
            NodePlace stay,
            SocketProtocol.@Nullable Opening opening) {
        if (upgrade.echo() == null) {
            request.headers().remove("Sec-WebSocket-Protocol");
        } else {
            request.headers().set("Sec-WebSocket-Protocol", upgrade.echo());
        }
        boolean deflates = opening == null && services.compression().enabled() && Deflate.agree(request);
        EarlyFrames early = EarlyFrames.on(request);
        request.toWebSocket()
                .onSuccess(socket -> {
                    services.metrics().sockets().connectionOpened(stay.handshakeMs());
                    opened(stay, socket, () -> {
                        if (opening == null) {
                            opener.open(socket, upgrade, address, deflates, stay);
                        } else {
                            opener.open(socket, opening, stay);
                        }
                    });
                    early.release();
                })
                .onFailure(failure -> {
                    early.drop();
                    stay.leave();
                    malformed(request, failure);
                });
    }

    private static void opened(NodePlace stay, ServerWebSocket socket, Runnable open) {
        try {
            stay.upgraded();
            open.run();
        } catch (RuntimeException failure) {
            LOG.error("an upgraded socket could not be taken", failure);
            stay.leave();
            socket.close();
        }
    }

    /** Answers a request that can't be understood; one line of the log at most, as anybody can send many. */
    void malformed(HttpServerRequest request, Throwable cause) {
        LOG.debug("a request could not be read: {}", cause.toString());
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            request.connection().close();
            return;
        }
        // What was to go on an upgrade's answer does not belong on this one.
        response.headers().clear();
        refuse(
                HttpListeners.bare(request),
                malformed("request: malformed (expected: a target and headers that can be read)"));
    }

    /** 503 before the upgrade stands for 1013 after it (docs/protocol.md, close codes). */
    private void busy(HttpServerRequest request, String reason, String message) {
        refuse(
                HttpListeners.bare(request).putHeader("Retry-After", "1"),
                new Handshake.Verdict.Refuse(503, reason, message));
    }

    /** Answers a request for the WebSocket that is no upgrade, or that the guard does not let through. */
    void refuse(RoutingContext context) {
        Handshake.Verdict verdict = services.handshake().judge(context.request());
        refuse(
                context.response(),
                verdict instanceof Handshake.Verdict.Refuse refusal
                        ? refusal
                        : new Handshake.Verdict.Refuse(426, "noUpgrade", "Upgrade: missing (expected: websocket)"));
    }

    private void refuse(HttpServerResponse response, Handshake.Verdict.Refuse refusal) {
        services.metrics().sockets().connectionRefused(refusal.reason());
        HttpListeners.answer(response, refusal.status(), refusal.message());
    }
}
