package dev.chatgateway.socket.stream;

import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import dev.chatgateway.socket.connection.HttpListeners;
import dev.chatgateway.socket.connection.RequestDispatcher;
import dev.chatgateway.socket.connection.RpcExchange;
import dev.chatgateway.socket.connection.SocketContext;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** {@code POST /rpc}: JSON-RPC requests without a connection. Owned by the event loop. */
final class RpcEndpoint {
    private final SocketContext socketContext;
    private final RequestDispatcher dispatcher;

    RpcEndpoint(SocketContext socketContext, RequestDispatcher dispatcher) {
        this.socketContext = socketContext;
        this.dispatcher = dispatcher;
    }

    /** Executes the requests of the body and sends their responses. */
    void execute(HttpServerRequest request, String token, String body) {
        String address = socketContext.handshake().clientAddress(request);
        RpcExchange.begin(token, address, socketContext, dispatcher, new HttpAnswer(request))
                .onSuccess(exchange -> {
                    if (request.response().closed()) {
                        return;
                    }
                    request.response().closeHandler(gone -> exchange.clientGone());
                    UnauthenticatedConnection.knownUser(request.connection(), exchange.userId());
                    exchange.execute(body);
                })
                .onFailure(failure -> {
                    RpcError error = failure instanceof RpcError refused
                            ? refused
                            : new RpcError(RpcError.INTERNAL, "request: failed", null);
                    HttpErrors.respond(request, HttpErrors.status(error.code()), error);
                });
    }

    private record HttpAnswer(HttpServerRequest request) implements RpcExchange.Answer {
        @Override
        public void reply(String json) {
            HttpServerResponse response = request.response();
            if (!response.ended() && !response.closed()) {
                HttpListeners.withSecurityHeaders(request)
                        .putHeader("Cache-Control", "no-store")
                        .putHeader("Content-Type", "application/json")
                        .end(json);
            }
        }

        @Override
        public void accepted() {
            HttpServerResponse response = request.response();
            if (!response.ended() && !response.closed()) {
                response.putHeader("Cache-Control", "no-store")
                        .setStatusCode(202)
                        .end();
            }
        }

        @Override
        public void abuse() {
            int code = CloseCode.ABUSE.number();
            HttpErrors.respond(
                    request, HttpErrors.statusOfClose(code), HttpErrors.ofClose(code, CloseCode.ABUSE.token()));
        }
    }
}
