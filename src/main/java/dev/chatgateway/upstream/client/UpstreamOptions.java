package dev.chatgateway.upstream.client;

import dev.chatgateway.config.GatewayConfig;
import java.net.URI;

/**
 * How to reach the chat service.
 *
 * @param endpoint scheme, host and port; a path in front of {@code /chat} is kept
 * @param authorities the trusted certificate authorities
 * @param connections connections over HTTP/1.1 at most
 * @param connectTimeoutMs limit for obtaining a connection, waiting for a free one included
 * @param timeoutMs limit for one attempt of a call
 * @param retries attempts after the first one at most
 * @param queue calls that wait for a connection at most
 */
public record UpstreamOptions(
        URI endpoint,
        String apiVersion,
        TrustedAuthorities authorities,
        int connections,
        int connectTimeoutMs,
        int timeoutMs,
        int retries,
        int queue) {
    public UpstreamOptions {
        parts(endpoint);
    }

    /** The configured limits for an endpoint, which may be the embedded service's. */
    public static UpstreamOptions of(GatewayConfig.Upstream config, URI endpoint, TrustedAuthorities authorities) {
        return new UpstreamOptions(
                endpoint,
                config.apiVersion(),
                authorities,
                config.connections(),
                config.connectTimeoutMs(),
                config.timeoutMs(),
                config.retries(),
                config.queue());
    }

    /** Whether calls go over TLS. */
    public boolean secure() {
        return parts(endpoint).secure();
    }

    /** The path in front of {@code /chat}; usually empty, never with a slash at its end. */
    public String basePath() {
        return parts(endpoint).basePath();
    }

    /** The endpoint's port, the scheme's default if there is none. */
    public int port() {
        return parts(endpoint).port();
    }

    /** The endpoint's host, IPv6 addresses without brackets. */
    public String host() {
        return parts(endpoint).host();
    }

    private static Endpoint parts(URI endpoint) {
        return new Endpoint(endpoint);
    }
}
