package dev.chatgateway.official;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.embedded.EmbeddedService;
import dev.chatgateway.embedded.http.EmbeddedOptions;
import dev.chatgateway.tls.DevelopmentCertificates;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The embedded service in this JVM, in memory, over HTTPS on a free port of the loopback interface. */
final class EmbeddedTarget implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Vertx vertx;
    private final EmbeddedService service;
    private final OfficialTarget target;

    private EmbeddedTarget(Vertx vertx, EmbeddedService service, OfficialTarget target) {
        this.vertx = vertx;
        this.service = service;
        this.target = target;
    }

    /** For flows that write more than 30 messages a minute into a thread. */
    static EmbeddedTarget withoutRateLimits() {
        return start(false, Clock.systemUTC());
    }

    static EmbeddedTarget start(boolean rateLimits, Clock clock) {
        try {
            DevelopmentCertificates certificates = TrustStore.install();
            Vertx vertx = Vertx.vertx();
            EmbeddedService service = new EmbeddedService(vertx, options(certificates, rateLimits), clock);
            EmbeddedService.Started started = await(service.start());
            OfficialTarget target = new OfficialTarget(
                    "embedded", started.endpoint(), started.connectionString(), certificates.authority());
            return new EmbeddedTarget(vertx, service, target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    OfficialTarget target() {
        return target;
    }

    @Override
    public void close() {
        await(service.close());
        await(vertx.close());
    }

    private static EmbeddedOptions options(DevelopmentCertificates certificates, boolean rateLimits) {
        Path dataDirectory = certificates.authority().getParent().getParent();
        return new EmbeddedOptions(
                "127.0.0.1",
                0,
                null,
                null,
                null,
                null,
                rateLimits,
                new GatewayConfig.Embedded.Faults(0, 0, 0, false, List.of()),
                dataDirectory,
                certificates.certificate(),
                certificates.key());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("not done in " + LIMIT, e);
        }
    }
}
