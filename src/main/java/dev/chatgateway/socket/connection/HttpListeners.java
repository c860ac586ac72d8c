package dev.chatgateway.socket.connection;

import dev.chatgateway.config.HostAndPort;
import dev.chatgateway.config.ListenFailure;
import dev.chatgateway.config.ListenerConfig;
import dev.chatgateway.config.RequestHost;
import dev.chatgateway.socket.accept.Listeners;
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

/** The HTTP servers of one event loop, one for each listener. Their ports are shared with the other event loops. */
public final class HttpListeners {
    private final Vertx vertx;
    private final List<HttpServerOptions> listenerOptions;
    private final List<HttpServer> servers = new ArrayList<>();

    public HttpListeners(Vertx vertx, List<HttpServerOptions> listenerOptions) {
        this.vertx = vertx;
        this.listenerOptions = List.copyOf(listenerOptions);
    }

    /** Opens the listeners, one after another. */
    public Future<Void> open(Handler<HttpConnection> connections, Handler<HttpServerRequest> requests) {
        Future<Void> ready = Future.succeededFuture();
        for (HttpServerOptions listener : listenerOptions) {
            ready = ready.compose(done -> open(listener, connections, requests));
        }
        return ready;
    }

    private Future<Void> open(
            HttpServerOptions options, Handler<HttpConnection> connections, Handler<HttpServerRequest> requests) {
        HttpServer server = ListenerConfig.createServer(vertx, options)
                .connectionHandler(connections)
                .invalidRequestHandler(HttpListeners::handleInvalid)
                .requestHandler(request -> check(request, requests));
        servers.add(server);
        return server.listen(Listeners.address(options))
                .recover(failure -> Future.failedFuture(ListenFailure.of(
                        options.isSsl() ? "https.port" : "http.port", options.getHost(), options.getPort(), failure)))
                .mapEmpty();
    }

    /**
     * Refuses requests that a proxy, the gateway and the service could interpret differently: more than one Host or
     * Authorization, and control characters in headers.
     */
    private static void check(HttpServerRequest request, Handler<HttpServerRequest> next) {
        boolean http2 = request.version() == HttpVersion.HTTP_2;
        if (!http2 && !normalizeHost(request)) {
            refuse(request, "Host: missing, malformed or twice (expected: one)");
        } else if (request.headers().getAll(HttpHeaders.AUTHORIZATION).size() > 1) {
            refuse(request, "Authorization: twice (expected: one at most)");
        } else if (request.headers().entries().stream().anyMatch(header -> hasControlCharacter(header.getValue()))) {
            refuse(request, "headers: a control character in one (expected: none)");
        } else {
            next.handle(request);
        }
    }

    private static boolean hasControlCharacter(String value) {
        return value.chars().anyMatch(c -> Character.isISOControl(c) && c != '\t' && c < 0x80);
    }

    /**
     * Whether the request names one valid host. A Host header with non-ASCII characters is replaced by its ASCII form.
     */
    private static boolean normalizeHost(HttpServerRequest request) {
        List<String> lines = request.headers().getAll(HttpHeaders.HOST);
        Optional<String> named = RequestHost.named(request.uri(), lines);
        boolean valid = named.flatMap(HostAndPort::sent).isPresent();
        if (valid && lines.size() == 1) {
            HostAndPort.sent(lines.get(0)).ifPresent(host -> {
                if (!lines.get(0).chars().allMatch(c -> c < 0x80)) {
                    request.headers().set(HttpHeaders.HOST, host.toString());
                }
            });
        }
        return valid;
    }

    private static void refuse(HttpServerRequest request, String message) {
        respond(withSecurityHeaders(request).putHeader("Cache-Control", "no-store"), 400, message);
    }

    /** Sends a one-line text response. */
    public static void respond(HttpServerResponse response, int status, String message) {
        // HTTP/2 has neither header.
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

    /** Whether the request asks for an upgrade to WebSocket. */
    public static boolean asksForUpgrade(HttpServerRequest request) {
        return "websocket".equalsIgnoreCase(request.getHeader("Upgrade"));
    }

    /** The actual ports, in the order of the listeners. */
    public List<Integer> ports() {
        return servers.stream().map(HttpServer::actualPort).toList();
    }

    /**
     * Replaces the certificates of the TLS listeners, on all event loops that share their ports. Connections stay open.
     */
    public Future<Void> secure(ServerSSLOptions options) {
        List<Future<Boolean>> updates = new ArrayList<>();
        for (int i = 0; i < servers.size(); i++) {
            if (listenerOptions.get(i).isSsl()) {
                updates.add(servers.get(i).updateSSLOptions(options, true));
            }
        }
        return Future.all(updates).mapEmpty();
    }

    public Future<Void> close() {
        return Future.join(servers.stream().map(HttpServer::close).toList()).mapEmpty();
    }

    /** Requests that the HTTP decoder refuses do not reach the router. */
    private static void handleInvalid(HttpServerRequest request) {
        withSecurityHeaders(request);
        HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER.handle(request);
    }

    /** Adds security headers to a response that the router does not send and that is not a document. */
    public static HttpServerResponse withSecurityHeaders(HttpServerRequest request) {
        return request.response()
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer");
    }
}
