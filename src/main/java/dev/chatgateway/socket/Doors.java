package dev.chatgateway.socket;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The servers of one event loop, one for each listener. They share their ports with those of the other loops. */
final class Doors {
    private final Vertx vertx;
    private final List<HttpServerOptions> listeners;
    private final List<HttpServer> servers = new ArrayList<>();

    Doors(Vertx vertx, List<HttpServerOptions> listeners) {
        this.vertx = vertx;
        this.listeners = List.copyOf(listeners);
    }

    /** Opens all, in their order. */
    Future<Void> open(Handler<HttpConnection> connections, Handler<HttpServerRequest> requests) {
        Future<Void> ready = Future.succeededFuture();
        for (HttpServerOptions options : listeners) {
            ready = ready.compose(done -> open(options, connections, requests));
        }
        return ready;
    }

    private Future<Void> open(
            HttpServerOptions options, Handler<HttpConnection> connections, Handler<HttpServerRequest> requests) {
        HttpServer server = vertx.createHttpServer(options)
                .connectionHandler(connections)
                .invalidRequestHandler(Doors::invalid)
                .requestHandler(requests);
        servers.add(server);
        return server.listen()
                .recover(failure -> Future.failedFuture(new IOException(
                        "can't listen on " + options.getHost() + ":" + options.getPort() + ": " + failure.getMessage(),
                        failure)))
                .mapEmpty();
    }

    /** The actual port of each, in their order. */
    List<Integer> ports() {
        return servers.stream().map(HttpServer::actualPort).toList();
    }

    /** New certificates for the TLS listeners, here and on the loops that share their ports; connections stay. */
    Future<Void> secure(ServerSSLOptions options) {
        List<Future<Boolean>> updates = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            if (listeners.get(i).isSsl()) {
                updates.add(servers.get(i).updateSSLOptions(options, true));
            }
        }
        return Future.all(updates).mapEmpty();
    }

    Future<Void> close() {
        return Future.join(servers.stream().map(HttpServer::close).toList()).mapEmpty();
    }

    /** What the HTTP decoder refuses comes past the router. */
    private static void invalid(HttpServerRequest request) {
        bare(request);
        HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER.handle(request);
    }

    /** The headers of answers that the router does not give, and that hold no document. */
    static HttpServerResponse bare(HttpServerRequest request) {
        return request.response()
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer");
    }
}
