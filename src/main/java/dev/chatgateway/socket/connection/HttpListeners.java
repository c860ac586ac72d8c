package dev.chatgateway.socket.connection;

import dev.chatgateway.config.HostAndPort;
import dev.chatgateway.config.ListenFailure;
import dev.chatgateway.config.RequestHost;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ServerSSLOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The servers of one event loop, one for each listener. They share their ports with those of the other loops. */
public final class HttpListeners {
    private final Vertx vertx;
    private final List<HttpServerOptions> listeners;
    private final List<HttpServer> servers = new ArrayList<>();

    public HttpListeners(Vertx vertx, List<HttpServerOptions> listeners) {
        this.vertx = vertx;
        this.listeners = List.copyOf(listeners);
    }

    /** Opens all, in their order. */
    public Future<Void> open(Handler<HttpConnection> connections, Handler<HttpServerRequest> requests) {
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
                .invalidRequestHandler(HttpListeners::invalid)
                .requestHandler(request -> admit(request, requests));
        servers.add(server);
        return server.listen()
                .recover(failure -> Future.failedFuture(ListenFailure.of(
                        options.isSsl() ? "https.port" : "http.port", options.getHost(), options.getPort(), failure)))
                .mapEmpty();
    }

    /**
     * What could be read in two ways, by a proxy and by us, or by us and the service, gets no further: more than one Host
     * or Authorization.
     */
    private static void admit(HttpServerRequest request, Handler<HttpServerRequest> next) {
        boolean http2 = request.version() == HttpVersion.HTTP_2;
        if (!http2 && !named(request)) {
            refuse(request, "Host: missing, malformed or twice (expected: one)");
        } else if (request.headers().getAll(HttpHeaders.AUTHORIZATION).size() > 1) {
            refuse(request, "Authorization: twice (expected: one at most)");
        } else if (request.headers().entries().stream().anyMatch(header -> controls(header.getValue()))) {
            refuse(request, "headers: a control character in one (expected: none)");
        } else {
            next.handle(request);
        }
    }

    private static boolean controls(String value) {
        return value.chars().anyMatch(c -> Character.isISOControl(c) && c != '\t' && c < 0x80);
    }

    /** Puts a host of another alphabet in the form that everybody after us can read. */
    private static boolean named(HttpServerRequest request) {
        List<String> lines = request.headers().getAll(HttpHeaders.HOST);
        Optional<String> named = RequestHost.named(request.uri(), lines);
        boolean good = named.flatMap(HostAndPort::sent).isPresent();
        if (good && lines.size() == 1) {
            HostAndPort.sent(lines.get(0)).ifPresent(host -> {
                if (!lines.get(0).chars().allMatch(c -> c < 0x80)) {
                    request.headers().set(HttpHeaders.HOST, host.toString());
                }
            });
        }
        return good;
    }

    private static void refuse(HttpServerRequest request, String message) {
        answer(bare(request).putHeader("Cache-Control", "no-store"), 400, message);
    }

    /** One line of text. */
    public static void answer(HttpServerResponse response, int status, String message) {
        // HTTP/2 knows neither header.
        if (status == 426 && response.streamId() < 0) {
            // RFC 9110 section 15.5.22, RFC 6455 section 4.4.
            response.putHeader("Upgrade", "websocket")
                    .putHeader("Connection", "Upgrade")
                    .putHeader("Sec-WebSocket-Version", Handshake.VERSION);
        }
        response.setStatusCode(status)
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .end(message + '\n');
    }

    /** Whether a request wants to become a WebSocket. */
    public static boolean asksForUpgrade(HttpServerRequest request) {
        return "websocket".equalsIgnoreCase(request.getHeader("Upgrade"));
    }

    /** The actual port of each, in their order. */
    public List<Integer> ports() {
        return servers.stream().map(HttpServer::actualPort).toList();
    }

    /** New certificates for the TLS listeners, here and on the loops that share their ports; connections stay. */
    public Future<Void> secure(ServerSSLOptions options) {
        List<Future<Boolean>> updates = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            if (listeners.get(i).isSsl()) {
                updates.add(servers.get(i).updateSSLOptions(options, true));
            }
        }
        return Future.all(updates).mapEmpty();
    }

    public Future<Void> close() {
        return Future.join(servers.stream().map(HttpServer::close).toList()).mapEmpty();
    }

    /** What the HTTP decoder refuses comes past the router. */
    private static void invalid(HttpServerRequest request) {
        bare(request);
        HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER.handle(request);
    }

    /** The headers of answers that the router does not give, and that hold no document. */
    public static HttpServerResponse bare(HttpServerRequest request) {
        return request.response()
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer");
    }
}
