package dev.chatgateway.official;

import dev.chatgateway.Gateway;
import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.embedded.EmbeddedService;
import dev.chatgateway.tls.DevelopmentCertificates;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A whole gateway whose https port the chat clients take for their endpoint; identity is the embedded service's own. */
final class GatewayTarget implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Gateway gateway;
    private final OfficialTarget target;

    private GatewayTarget(Gateway gateway, OfficialTarget target) {
        this.gateway = gateway;
        this.target = target;
    }

    static GatewayTarget start() {
        try {
            DevelopmentCertificates certificates = TrustStore.install();
            Gateway gateway = new Gateway(new ConfigLoader()
                    .load(
                            Optional.empty(),
                            Map.of(
                                    "CHATGATEWAY_HTTP_PORT", "0",
                                    "CHATGATEWAY_HTTPS_PORT", "0",
                                    "CHATGATEWAY_MANAGEMENT_PORT", "0",
                                    "CHATGATEWAY_EMBEDDED_PORT", "0",
                                    "CHATGATEWAY_EMBEDDED_RATELIMITS", "off",
                                    "CHATGATEWAY_DATA_DIRECTORY",
                                            certificates
                                                    .authority()
                                                    .getParent()
                                                    .getParent()
                                                    .toString()))
                    .config());
            Gateway.Endpoints endpoints = await(gateway.start());
            EmbeddedService.Started embedded = endpoints.embedded().orElseThrow();
            String https = endpoints.https().toString();
            return new GatewayTarget(
                    gateway,
                    new OfficialTarget(
                            "gateway",
                            https.substring(0, https.length() - 1),
                            embedded.connectionString(),
                            certificates.authority()));
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    OfficialTarget target() {
        return target;
    }

    @Override
    public void close() {
        await(gateway.stop());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | java.util.concurrent.ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
