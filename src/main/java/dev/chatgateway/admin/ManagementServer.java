package dev.chatgateway.admin;

import dev.chatgateway.metrics.PrometheusPage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The management port: probes, metrics, and what other rooms add. Not for clients. */
public final class ManagementServer {
    private final Vertx vertx;
    private final PrometheusPage metrics;
    private final Router router;

    /** @param extension adds the routes of other rooms, such as the embedded service's fault switches */
    public ManagementServer(Vertx vertx, Probes probes, PrometheusPage metrics, Consumer<Router> extension) {
        this.vertx = vertx;
        this.metrics = metrics;
        router = Router.router(vertx);
        router.get("/livez").handler(context -> answer(context, probes::live));
        router.get("/readyz").handler(context -> readiness(context, probes));
        router.get("/startupz").handler(context -> answer(context, probes::startup));
        router.get("/metrics").handler(this::scrape);
        extension.accept(router);
    }

    /** Listens; the server says the actual port. Fails when the address is in use. */
    public Future<HttpServer> listen(String host, int port) {
        HttpServerOptions options =
                new HttpServerOptions().setHost(host).setPort(port).setIdleTimeout(60);
        return vertx.createHttpServer(options)
                .requestHandler(router)
                .listen()
                .recover(failure -> Future.failedFuture(new IOException(
                        "can't listen on " + host + ":" + port + ": " + failure.getMessage(), failure)));
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
