package dev.chatgateway.admin;

import dev.chatgateway.config.RequestTarget;
import dev.chatgateway.metrics.PrometheusPage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The management port: probes, metrics, the page that shows the state, and what other rooms add. Not for clients. */
public final class ManagementServer {
    private static final int HEADER_BYTES = 16_384;

    private final Vertx vertx;
    private final PrometheusPage metrics;
    private final Router router;

    /**
     * @param secret what all but the probes and the files of the page ask for; null: nothing
     * @param extension adds the routes of other rooms, such as the embedded service's fault switches
     */
    public ManagementServer(
            Vertx vertx, Probes probes, PrometheusPage metrics, @Nullable String secret, Consumer<Router> extension) {
        this.vertx = vertx;
        this.metrics = metrics;
        router = Router.router(vertx);
        router.route().handler(ManagementServer::protect);
        // Else Vert.x takes it for a failure of ours and logs it as one, for anybody who sends too much.
        router.errorHandler(
                413, context -> context.response().setStatusCode(413).end("the body is too large\n"));
        router.get("/livez").handler(context -> answer(context, probes::live));
        router.get("/readyz").handler(context -> readiness(context, probes));
        router.get("/startupz").handler(context -> answer(context, probes::startup));
        new StatePage().mount(router);
        if (secret != null) {
            // After the probes, which Kubernetes asks without a secret, and the page's files, which tell nothing of the
            // node and ask for the secret; before everything else.
            BearerGuard guard = new BearerGuard(secret);
            router.route().handler(guard::check);
        }
        router.get("/metrics").handler(this::scrape);
        extension.accept(router);
    }

    /** Listens; the server says the actual port. Fails when the address is in use. */
    public Future<HttpServer> listen(String host, int port) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout(60)
                .setMaxHeaderSize(HEADER_BYTES)
                .setMaxInitialLineLength(HEADER_BYTES / 2);
        return vertx.createHttpServer(options)
                .requestHandler(this::take)
                .listen()
                .recover(failure -> Future.failedFuture(new IOException(
                        "can't listen on " + host + ":" + port + ": " + failure.getMessage(), failure)));
    }

    /** A target that can't be decoded is the client's mistake, and no failure to log. */
    private void take(HttpServerRequest request) {
        if (RequestTarget.decodes(request.uri())) {
            router.handle(request);
            return;
        }
        request.response()
                .setStatusCode(400)
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader("X-Content-Type-Options", "nosniff")
                .end("the request is malformed\n");
    }

    /** For browsers that are led here: nothing is run, framed or kept. */
    private static void protect(RoutingContext context) {
        context.response()
                .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cache-Control", "no-store");
        context.next();
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
