package dev.chatgateway;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.embedded.EmbeddedService;
import dev.chatgateway.tls.DevelopmentCertificates;
import dev.chatgateway.upstream.client.TrustedAuthorities;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The chat service that the gateway uses.
 *
 * @param authorities trusted authorities for the certificate of the endpoint
 * @param accessKey key of the identity API, known for the embedded service only
 */
record UpstreamTarget(URI endpoint, TrustedAuthorities authorities, Optional<String> accessKey) {

    static UpstreamTarget of(
            GatewayConfig config, DevelopmentCertificates certificates, Optional<EmbeddedService.Started> service) {
        String configured = config.upstream().endpoint();
        if (configured != null) {
            return new UpstreamTarget(
                    endpoint(configured),
                    TrustedAuthorities.with(
                            Optional.ofNullable(config.upstream().trustedCertificates()).map(Path::of).stream()
                                    .toList()),
                    Optional.empty());
        }
        EmbeddedService.Started embedded =
                service.orElseThrow(() -> new IllegalStateException("neither endpoint nor embedded service"));
        return new UpstreamTarget(
                URI.create(Objects.requireNonNull(embedded.endpoint())),
                TrustedAuthorities.only(certificates.authority()),
                Optional.of(accessKey(embedded.connectionString())));
    }

    /** In ASCII: a host in another alphabet is converted to its xn-- form. */
    private static URI endpoint(String configured) {
        return URI.create(PublicOrigin.parse(configured)
                .map(PublicOrigin::toString)
                .orElseThrow(() -> new IllegalArgumentException(
                        "upstream.endpoint: " + configured + " (expected: http or https, a host and perhaps a port)")));
    }

    private static String accessKey(String connectionString) {
        String name = "accesskey=";
        return connectionString.substring(connectionString.indexOf(name) + name.length());
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Target[" + endpoint + "]";
    }
}
