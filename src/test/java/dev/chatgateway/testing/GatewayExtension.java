package dev.chatgateway.testing;

import dev.chatgateway.Gateway;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A whole gateway with its embedded service on free ports of this process, for one test class. */
public final class GatewayExtension implements BeforeAllCallback, AfterAllCallback {
    private static final int LIMIT_SECONDS = 60;

    private final Map<String, String> environment = new HashMap<>();
    private Clock clock = Clock.systemUTC();
    private Path directory;
    private Gateway gateway;
    private Gateway.Endpoints endpoints;
    private GatewayConfig config;
    private CompletionStage<Void> stopped;

    public GatewayExtension() {
        with("http.port", "0")
                .with("https.port", "0")
                .with("management.port", "0")
                .with("embedded.port", "0");
    }

    /** Sets one key of the configuration. */
    public GatewayExtension with(String key, String value) {
        environment.put("CHATGATEWAY_" + key.replace('.', '_').toUpperCase(java.util.Locale.ROOT), value);
        return this;
    }

    /** Sets the clock of tokens, limits and schedules. */
    public GatewayExtension with(Clock other) {
        clock = other;
        return this;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("chatgateway");
        environment.putIfAbsent("CHATGATEWAY_DATA_DIRECTORY", directory.toString());
        config = new ConfigLoader().load(Optional.empty(), environment).config();
        gateway = new Gateway(config, clock);
        endpoints = gateway.start().toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Stops the gateway before the end of the class. */
    public CompletionStage<Void> stop() {
        stopped = gateway.stop().toCompletionStage();
        return stopped;
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        (stopped == null ? stop() : stopped).toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        try (var files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(GatewayExtension::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The clock of tokens, limits and schedules. */
    public Clock clock() {
        return clock;
    }

    /** The gateway itself, for what is asked of its process: to follow a file, to read it again. */
    public Gateway gateway() {
        return gateway;
    }

    /** A page of the management port. */
    public String management(String path) {
        HttpRequest request = HttpRequest.newBuilder(endpoints.management().resolve(path))
                .timeout(Duration.ofSeconds(20))
                .build();
        return HttpClient.newHttpClient()
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join()
                .body();
    }

    /** Where everything listens. */
    public Gateway.Endpoints endpoints() {
        return endpoints;
    }

    /** The configuration in force. */
    public GatewayConfig config() {
        return config;
    }

    /** The embedded service's endpoint. */
    public URI service() {
        return URI.create(endpoints.embedded().orElseThrow().endpoint());
    }
}
