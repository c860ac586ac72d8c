package dev.chatgateway.socket.stream;

import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import dev.chatgateway.socket.connection.Connection;
import dev.chatgateway.socket.connection.ConnectionSlot;
import dev.chatgateway.socket.connection.Handshake;
import dev.chatgateway.socket.connection.RequestDispatcher;
import dev.chatgateway.socket.connection.SocketContext;
import dev.chatgateway.socket.connection.UserConnections;
import dev.chatgateway.socket.transport.FlushLoop;
import dev.chatgateway.socket.transport.Transport;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Event streams, long polls and single requests over plain HTTP (docs/protocol.md). It handles them before the router,
 * whose objects a stream would keep as long as it is open. Owned by its event loop.
 */
public final class Streams {
    private final Vertx vertx;
    private final Context context;
    private final SocketContext socketContext;
    private final FlushLoop flushLoop;
    private final Opener opener;
    private final RpcEndpoint rpc;
    private final SseEncoder encoder = new SseEncoder();
    private boolean draining;

    /** @param opener creates the connections of streams */
    public Streams(
            Vertx vertx,
            Context context,
            SocketContext socketContext,
            RequestDispatcher dispatcher,
            FlushLoop flushLoop,
            Opener opener) {
        this.vertx = vertx;
        this.context = context;
        this.socketContext = socketContext;
        this.flushLoop = flushLoop;
        this.opener = opener;
        rpc = new RpcEndpoint(socketContext, dispatcher);
    }

    /** Creates the connection of a stream, and opens the transport. */
    @FunctionalInterface
    public interface Opener {
        Connection open(Transport transport, Connection.Kind kind, ConnectionSlot slot, String address);
    }

    /** Refuses new streams from now on. */
    public void refuse() {
        draining = true;
    }

    /**
     * Handles a request of this package.
     *
     * @return false if the request is not one
     */
    public boolean handle(HttpServerRequest request) {
        StreamEndpoint endpoint = StreamEndpoint.of(request.path());
        if (endpoint == null) {
            return false;
        }
        Optional<Handshake.Verdict.Refuse> refused = socketContext.handshake().refusal(request);
        if (refused.isPresent()) {
            refuse(request, refused.get());
            return true;
        }
        Cors.allow(request);
        if (request.method().equals(HttpMethod.OPTIONS)) {
            Cors.preflight(request.response(), endpoint.method());
        } else if (!request.method().name().equals(endpoint.method())) {
            request.response().putHeader("Allow", endpoint.method() + ", OPTIONS");
            respond(
                    request,
                    RpcError.of(
                            405, "method: another (expected: " + endpoint.method() + ")", "MethodNotAllowed", false));
        } else {
            serve(request, endpoint);
        }
        return true;
    }

    private void serve(HttpServerRequest request, StreamEndpoint endpoint) {
        String token = Handshake.authorization(request);
        if (token == null) {
            respond(request, RpcError.unauthorized("Authorization: missing (expected: Bearer and a token)"));
            return;
        }
        switch (endpoint) {
            case THREAD_EVENTS -> query(request, token, StreamEndpoint.threadId(request.path()));
            case INBOX_EVENTS -> query(request, token, null);
            case STREAM -> withBody(request, body -> stream(request, token, body));
            case REQUESTS -> withBody(request, body -> rpc.execute(request, token, body));
        }
    }

    private void query(HttpServerRequest request, String token, @Nullable String threadId) {
        try {
            StreamRequest stream = StreamRequest.ofQuery(threadId, request.params(), request.headers());
            open(request, token, stream, Connection.Kind.EVENT_STREAM);
        } catch (RpcError invalid) {
            respond(request, invalid);
        }
    }

    private void withBody(HttpServerRequest request, Consumer<String> next) {
        RequestBody.read(request, socketContext.limits().frameBytes())
                .map(Buffer::getBytes)
                .onSuccess(body -> next.accept(new String(body, StandardCharsets.UTF_8)))
                .onFailure(failure -> {
                    if (failure instanceof RpcError tooLong) {
                        respond(request, tooLong);
                    }
                });
    }

    private void stream(HttpServerRequest request, String token, String body) {
        String accept = request.headers().get(HttpHeaders.ACCEPT);
        boolean poll = accept != null && accept.contains("application/json") && !accept.contains("text/event-stream");
        try {
            StreamRequest stream =
                    StreamRequest.ofBody(parse(body), socketContext.limits().subscriptions());
            open(request, token, stream, poll ? Connection.Kind.LONG_POLL : Connection.Kind.EVENT_STREAM);
        } catch (RpcError invalid) {
            respond(request, invalid);
        }
    }

    private static JsonObject parse(String body) {
        try {
            return new JsonObject(body);
        } catch (DecodeException | ClassCastException malformed) {
            throw RpcError.invalidParams("body: not a JSON object (expected: {subscriptions, inbox})");
        }
    }

    /** The checks of a WebSocket upgrade, then the connection of the stream. */
    private void open(HttpServerRequest request, String token, StreamRequest stream, Connection.Kind kind) {
        String address = socketContext.handshake().clientAddress(request);
        UserConnections.Admission admission = socketContext
                .users()
                .admit(address, draining, socketContext.clock().millis(), () -> socketContext
                        .metrics()
                        .limitHit("unsignedSockets"));
        if (admission instanceof UserConnections.Admission.Admitted admitted) {
            ConnectionSlot slot = new ConnectionSlot(socketContext.users(), admitted.slot(), null);
            try {
                open(request, token, stream, kind, slot, address);
            } catch (RuntimeException failure) {
                slot.release();
                throw failure;
            }
        } else if (admission instanceof UserConnections.Admission.Busy busy) {
            refuse(request, new Handshake.Verdict.Refuse(503, busy.reason(), busy.message()));
        }
    }

    private void open(
            HttpServerRequest request,
            String token,
            StreamRequest stream,
            Connection.Kind kind,
            ConnectionSlot slot,
            String address) {
        StreamOutput output = kind == Connection.Kind.LONG_POLL
                ? new PollOutput(vertx, request, stream, socketContext.limits().outboundBytes())
                : new SseOutput(
                        vertx,
                        request,
                        encoder,
                        flushLoop,
                        socketContext.limits().handshakeSeconds() * 1000L);
        StreamTransport transport = new StreamTransport(
                vertx,
                context,
                stream,
                output,
                userId -> UnauthenticatedConnection.knownUser(request.connection(), userId));
        socketContext.metrics().sockets().connectionOpened(slot.handshakeMs());
        opener.open(transport, kind, slot, address);
        transport.start(token);
    }

    private void refuse(HttpServerRequest request, Handshake.Verdict.Refuse refusal) {
        socketContext.metrics().sockets().connectionRefused(refusal.reason());
        boolean later = refusal.status() == 503;
        respond(request, RpcError.of(refusal.status(), refusal.message(), refusal.reason(), later));
    }

    private static void respond(HttpServerRequest request, RpcError error) {
        HttpErrors.respond(request, HttpErrors.status(error.code()), error);
    }
}
