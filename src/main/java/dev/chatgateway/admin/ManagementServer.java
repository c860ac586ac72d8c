package dev.chatgateway.admin;

import dev.chatgateway.config.ClientGone;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.ListenFailure;
import dev.chatgateway.config.ListenerConfig;
import dev.chatgateway.config.RequestTarget;
import dev.chatgateway.metrics.PrometheusPage;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The management port: probes, metrics, the page that shows the state, and routes of other packages. Not for clients. */
public final class ManagementServer {
    private static final int HEADER_BYTES = 16_384;

    private final Vertx vertx;
    private final PrometheusPage metrics;
    private final Router router;

    /**
     * @param config its secret protects all paths except the probes and the files of the page; without one the port
     *     responds to pages of its own origin only
     * @param extension adds the routes of other packages, such as the embedded service's fault switches
     */
    public ManagementServer(
            Vertx vertx,
            Probes probes,
            PrometheusPage metrics,
            GatewayConfig.Management config,
            Consumer<Router> extension) {
        this.vertx = vertx;
        this.metrics = metrics;
        router = Router.router(vertx);
        router.route().handler(context -> {
            protect(context.response());
            context.next();
        });
        // Vert.x would treat it as an internal failure and log it for every client that sends too much.
        router.errorHandler(
                413, context -> context.response().setStatusCode(413).end("the body is too large\n"));
        router.route().last().failureHandler(ClientGone::ignore);
        get("/livez", context -> answer(context, probes::live));
        get("/readyz", context -> readiness(context, probes));
        get("/startupz", context -> answer(context, probes::startup));
        guard(config.secret(), new PageGuard(config.hosts()));
        extension.accept(router);
    }

    /**
     * Mounted after the probes, which Kubernetes calls without a secret and with any Host. The page's files contain nothing
     * of the node and ask for the secret themselves; Prometheus requests the metrics with any Host.
     */
    private void guard(@Nullable String secret, PageGuard pages) {
        if (secret == null) {
            get("/metrics", this::scrape);
            router.route().handler(pages::checkHost);
            new StatePage().mount(router);
            router.route().handler(pages::checkOrigin);
        } else {
            new StatePage().mount(router);
            BearerGuard bearer = new BearerGuard(secret);
            router.route().handler(bearer::check);
            get("/metrics", this::scrape);
        }
        router.route().handler(PageGuard::checkJson);
    }

    private void get(String path, Handler<RoutingContext> handler) {
        router.get(path).handler(handler);
        router.head(path).handler(handler);
    }

    /** Opens the listener; the server knows the actual port. Fails if the address is in use. */
    public Future<HttpServer> listen(String host, int port) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout(60)
                .setMaxHeaderSize(HEADER_BYTES)
                .setMaxInitialLineLength(HEADER_BYTES / 2);
        return ListenerConfig.createServer(vertx, options)
                .requestHandler(this::handle)
                .listen()
                .recover(failure -> Future.failedFuture(ListenFailure.of("management.port", host, port, failure)));
    }

    /** A target that can't be decoded is a mistake of the client, which the log need not name. */
    private void handle(HttpServerRequest request) {
        if (RequestTarget.decodes(request.uri())) {
            PageGuard.admit(request, router);
            return;
        }
        protect(request.response());
        request.response().setStatusCode(400).end("the request is malformed\n");
    }

    /** Headers for browsers: run, frame and store nothing. */
    static void protect(HttpServerResponse response) {
        response.putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cache-Control", "no-store");
    }

    private static void answer(RoutingContext context, Supplier<Future<Void>> probe) {
        context.response().putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8");
        probe.get()
                .onSuccess(well -> context.response().end("ok\n"))
                .onFailure(reason -> context.response().setStatusCode(503).end(reason.getMessage() + '\n'));
    }

    private static void readiness(RoutingContext context, Probes probes) {
        probes.ready().onSuccess(found -> context.response()
                .setStatusCode(found.ready() ? 200 : 503)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=utf-8")
                .end(found.json().encode() + '\n'));
    }

    private void scrape(RoutingContext context) {
        String header = context.request().getHeader(HttpHeaders.ACCEPT);
        String accept = header == null ? "" : header;
        vertx.executeBlocking(() -> metrics.scrape(accept), false)
                .onSuccess(page -> context.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, metrics.contentType(accept))
                        .end(page))
                .onFailure(context::fail);
    }
}
