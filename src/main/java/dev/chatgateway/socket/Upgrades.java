package dev.chatgateway.socket;

import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import dev.chatgateway.socket.connection.ConnectionSlot;
import dev.chatgateway.socket.connection.Handshake;
import dev.chatgateway.socket.connection.HttpListeners;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles requests to upgrade to a WebSocket. Each request is answered, and the capacity that it acquired is released
 * unless a socket was opened. Owned by one event loop.
 */
final class Upgrades {
    static final String PATH = "/ws";
    private static final Logger LOG = LoggerFactory.getLogger(Upgrades.class);

    private final SocketContext socketContext;
    private final Opener opener;
    private final Supplier<@Nullable SocketProtocol> secondProtocol;
    private boolean draining;

    /** @param secondProtocol the other protocol of the event loop's sockets; supplies null if there is none */
    Upgrades(SocketContext socketContext, Opener opener, Supplier<@Nullable SocketProtocol> secondProtocol) {
        this.socketContext = socketContext;
        this.opener = opener;
        this.secondProtocol = secondProtocol;
    }

    /** Creates the connection of an upgraded socket. */
    interface Opener {
        void open(
                ServerWebSocket socket,
                Handshake.Verdict.Upgrade upgrade,
                String address,
                boolean deflate,
                ConnectionSlot slot);

        /** Hands an upgraded socket to the second protocol. */
        void open(ServerWebSocket socket, SocketProtocol.Opening opening, ConnectionSlot slot);
    }

    /** Refuses new connections from now on. */
    void refuse() {
        draining = true;
    }

    /**
     * Handles an upgrade request.
     *
     * @return false if the request is left to the router
     */
    boolean handle(HttpServerRequest request) {
        if (!request.method().equals(HttpMethod.GET) || !HttpListeners.asksForUpgrade(request)) {
            return false;
        }
        boolean ownPath = PATH.equals(request.path());
        SocketProtocol protocol = secondProtocol.get();
        SocketProtocol.Opening opening = ownPath || protocol == null ? null : protocol.upgrade(request);
        if (!ownPath && opening == null) {
            return false;
        }
        Handshake handshake = socketContext.handshake();
        Handshake.Verdict verdict = opening == null ? handshake.judge(request) : handshake.judgeChatPage(request);
        if (verdict instanceof Handshake.Verdict.Upgrade upgrade) {
            accept(request, upgrade, opening);
            return true;
        } else if (verdict instanceof Handshake.Verdict.Refuse refusal && opening != null) {
            refuse(HttpListeners.withSecurityHeaders(request), refusal);
            return true;
        }
        // The router refuses on the own path.
        return false;
    }

    private void accept(
            HttpServerRequest request, Handshake.Verdict.Upgrade upgrade, SocketProtocol.@Nullable Opening opening) {
        Handshake.Verdict.Refuse invalid = checkUpgrade(request);
        if (invalid != null) {
            refuse(HttpListeners.withSecurityHeaders(request), invalid);
        } else {
            admit(request, upgrade, opening);
        }
    }

    /** Returns the refusal of an invalid upgrade request (RFC 6455 section 4.2.1); null if it is valid. */
    private static Handshake.Verdict.@Nullable Refuse checkUpgrade(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_1_1) {
            return malformed("upgrade: not of HTTP/1.1 (expected: HTTP/1.1)");
        }
        boolean hasUpgradeOption = Arrays.stream(
                        String.join(",", request.headers().getAll(HttpHeaders.CONNECTION))
                                .toLowerCase(Locale.ROOT)
                                .split(",", -1))
                .anyMatch(option -> option.strip().equals("upgrade"));
        if (!hasUpgradeOption) {
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

    private void admit(
            HttpServerRequest request, Handshake.Verdict.Upgrade upgrade, SocketProtocol.@Nullable Opening opening) {
        String address = socketContext.handshake().clientAddress(request);
        UserConnections.Admission admission = socketContext
                .users()
                .admit(address, draining, socketContext.clock().millis(), () -> socketContext
                        .metrics()
                        .limitHit("unsignedSockets"));
        if (admission instanceof UserConnections.Admission.Admitted admitted) {
            ConnectionSlot slot = new ConnectionSlot(
                    socketContext.users(), admitted.slot(), UnauthenticatedConnection.of(request.connection()));
            try {
                upgrade(request, upgrade, address, slot, opening);
            } catch (RuntimeException failure) {
                slot.release();
                throw failure;
            }
        } else if (admission instanceof UserConnections.Admission.Busy busy) {
            refuse(
                    HttpListeners.withSecurityHeaders(request).putHeader("Retry-After", "1"),
                    new Handshake.Verdict.Refuse(503, busy.reason(), busy.message()));
        }
    }

    /**
     * Completes the upgrade. The subprotocol header is rewritten first, because Vert.x echoes a subprotocol of it and
     * must never echo the one that holds a token.
     */
    private void upgrade(
            HttpServerRequest request,
            Handshake.Verdict.Upgrade upgrade,
            String address,
            ConnectionSlot slot,
            SocketProtocol.@Nullable Opening opening) {
        if (upgrade.echo() == null) {
            request.headers().remove("Sec-WebSocket-Protocol");
        } else {
            request.headers().set("Sec-WebSocket-Protocol", upgrade.echo());
        }
        boolean deflate = opening == null && socketContext.compression().enabled() && Deflate.negotiate(request);
        EarlyFrames early = EarlyFrames.install(request);
        request.toWebSocket()
                .onSuccess(socket -> {
                    socketContext.metrics().sockets().connectionOpened(slot.handshakeMs());
                    open(socket, slot, () -> {
                        if (opening == null) {
                            opener.open(socket, upgrade, address, deflate, slot);
                        } else {
                            opener.open(socket, opening, slot);
                        }
                    });
                    early.release();
                })
                .onFailure(failure -> {
                    early.discard();
                    slot.release();
                    malformed(request, failure);
                });
    }

    private static void open(ServerWebSocket socket, ConnectionSlot slot, Runnable open) {
        try {
            slot.upgraded();
            open.run();
        } catch (RuntimeException failure) {
            LOG.error("opening an upgraded socket failed", failure);
            slot.release();
            socket.close();
        }
    }

    /**
     * Answers a request that cannot be parsed. It is logged at debug level only, because anybody can send many of
     * them.
     */
    void malformed(HttpServerRequest request, Throwable cause) {
        LOG.debug("request could not be parsed: {}", cause.toString());
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            request.connection().close();
            return;
        }
        // Headers of the upgrade response do not belong in this one.
        response.headers().clear();
        refuse(
                HttpListeners.withSecurityHeaders(request),
                malformed("request: malformed (expected: a target and headers that can be read)"));
    }

    /** Answers a request for {@code /ws} that is not an upgrade, or whose handshake is refused. */
    void refuse(RoutingContext context) {
        Handshake.Verdict verdict = socketContext.handshake().judge(context.request());
        refuse(
                context.response(),
                verdict instanceof Handshake.Verdict.Refuse refusal
                        ? refusal
                        : new Handshake.Verdict.Refuse(426, "noUpgrade", "Upgrade: missing (expected: websocket)"));
    }

    private void refuse(HttpServerResponse response, Handshake.Verdict.Refuse refusal) {
        socketContext.metrics().sockets().connectionRefused(refusal.reason());
        HttpListeners.respond(response, refusal.status(), refusal.message());
    }
}
