package dev.chatgateway.embedded.http;

import dev.chatgateway.config.ListenFailure;
import dev.chatgateway.config.ListenerConfig;
import dev.chatgateway.embedded.faults.FaultSwitches;
import dev.chatgateway.embedded.store.Store;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The verticle of the service: its listeners and the timer that removes expired rows. {@code EmbeddedService} closes the
 * store after it.
 */
public final class HttpListener extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(HttpListener.class);
    private static final long HOUSEKEEPING_MS = 60_000;
    private static final int IDLE_SECONDS = 75;
    private static final int MAX_URI = 8_192;
    private static final int MAX_HEADERS = 16_384;

    private final EmbeddedOptions options;
    private final Clock clock;
    private final FaultSwitches faults;
    private final Store store;
    private final Supplier<RequestProcessor> processor;
    private @Nullable HttpServer https;
    private @Nullable HttpServer http;

    public HttpListener(
            EmbeddedOptions options,
            Clock clock,
            FaultSwitches faults,
            Store store,
            Supplier<RequestProcessor> processor) {
        this.options = options;
        this.clock = clock;
        this.faults = faults;
        this.store = store;
        this.processor = processor;
    }

    @Override
    public Future<?> start() {
        return store.run(this::createProcessor).recover(this::startFailure).compose(ready -> {
            vertx.setPeriodic(HOUSEKEEPING_MS, timer -> housekeeping(ready));
            Exchanges exchanges = new Exchanges(vertx, clock, faults, store, ready);
            return listen(secure(), options.port(), exchanges, "embedded.port")
                    .compose(server -> {
                        https = server;
                        Integer plain = options.httpPort();
                        return plain == null
                                ? Future.<@Nullable HttpServer>succeededFuture(null)
                                : listen(new HttpServerOptions(), plain, exchanges, "embedded.httpPort");
                    })
                    .onSuccess(server -> http = server);
        });
    }

    private RequestProcessor createProcessor() {
        RequestProcessor created = processor.get();
        store.onReverted(created::reverted);
        return created;
    }

    private Future<RequestProcessor> startFailure(Throwable failure) {
        return Future.failedFuture(store.failure()
                .<Throwable>map(why -> new IOException("embedded.storage: " + why))
                .orElse(failure));
    }

    private HttpServerOptions secure() {
        return new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .setCertPath(options.certificate().toString())
                        .setKeyPath(options.key().toString()));
    }

    private Future<HttpServer> listen(HttpServerOptions server, int port, Exchanges exchanges, String key) {
        server.setHost(options.host())
                .setPort(port)
                .setHttp2ClearTextEnabled(false)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setMaxInitialLineLength(MAX_URI)
                .setMaxHeaderSize(MAX_HEADERS)
                .setHandle100ContinueAutomatically(false);
        boolean secure = server.isSsl();
        String links = options.publicEndpoint();
        return ListenerConfig.createServer(vertx, server)
                .invalidRequestHandler(exchanges::invalid)
                .requestHandler(request -> exchanges.accept(request, secure, base(request, secure, links)))
                .listen()
                .recover(failure -> Future.failedFuture(ListenFailure.of(key, options.host(), port, failure)));
    }

    /** Ignores forwarded headers, as the service has no list of trusted proxies; a public endpoint can be configured. */
    private String base(HttpServerRequest request, boolean secure, @Nullable String configured) {
        if (configured != null) {
            return configured;
        }
        var authority = request.authority();
        String host = authority == null ? "localhost:" + request.localAddress().port() : authority.toString();
        return (secure ? "https://" : "http://") + host;
    }

    private void housekeeping(RequestProcessor ready) {
        store.read(() -> {
                    ready.expire(clock.millis() + faults.clockOffsetMs());
                    return true;
                })
                .onFailure(e -> LOG.error("housekeeping of the embedded service failed", e));
    }

    /** The bound HTTPS port. */
    public int port() {
        return https == null ? 0 : https.actualPort();
    }

    /** The bound plain port, or null. */
    public @Nullable Integer httpPort() {
        return http == null ? null : http.actualPort();
    }
}
