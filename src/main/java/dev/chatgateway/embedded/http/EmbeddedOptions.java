package dev.chatgateway.embedded.http;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.PublicOrigin;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Options of the embedded service.
 *
 * @param host address of the listeners
 * @param port HTTPS port; 0: any free port
 * @param httpPort port of an additional plain listener; 0: any free port; null: none
 * @param publicEndpoint scheme and authority of links; null: from the Host header
 * @param storage directory of the database; null: memory
 * @param accessKey base64; null: created at the first start and kept in the data directory
 * @param rateLimits whether the published rate limits apply
 * @param fractionDigits digits of a second in times of chat responses; 0: whole seconds
 * @param realism whether timing and irregularities of the real service are imitated
 * @param faults initial faults
 * @param dataDirectory directory of the access key
 * @param certificate PEM file with the certificate chain
 * @param key PEM file (PKCS#8) with its private key
 */
public record EmbeddedOptions(
        String host,
        int port,
        @Nullable Integer httpPort,
        @Nullable String publicEndpoint,
        @Nullable Path storage,
        @Nullable String accessKey,
        boolean rateLimits,
        int fractionDigits,
        boolean realism,
        GatewayConfig.Embedded.Faults faults,
        Path dataDirectory,
        Path certificate,
        Path key) {
    /** Options with whole seconds and without realism. */
    public EmbeddedOptions(
            String host,
            int port,
            @Nullable Integer httpPort,
            @Nullable String publicEndpoint,
            @Nullable Path storage,
            @Nullable String accessKey,
            boolean rateLimits,
            GatewayConfig.Embedded.Faults faults,
            Path dataDirectory,
            Path certificate,
            Path key) {
        this(
                host,
                port,
                httpPort,
                publicEndpoint,
                storage,
                accessKey,
                rateLimits,
                0,
                false,
                faults,
                dataDirectory,
                certificate,
                key);
    }

    /** Options as configured. */
    public static EmbeddedOptions of(GatewayConfig.Embedded config, Path dataDirectory, Path certificate, Path key) {
        return new EmbeddedOptions(
                config.host(),
                config.port(),
                config.httpPort(),
                Optional.ofNullable(config.publicEndpoint())
                        .flatMap(PublicOrigin::parse)
                        .map(PublicOrigin::toString)
                        .orElse(null),
                config.storage().equals("memory") ? null : Path.of(config.storage()),
                config.accessKey(),
                config.limited(),
                config.fractionDigits(),
                config.realism(),
                config.faults(),
                dataDirectory,
                certificate,
                key);
    }

    /** Without the access key, so that the record can be logged. */
    @Override
    public String toString() {
        return "EmbeddedOptions[host=" + host + ", port=" + port + ", storage=" + storage + "]";
    }
}
