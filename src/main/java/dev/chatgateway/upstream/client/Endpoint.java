package dev.chatgateway.upstream.client;

import dev.chatgateway.config.HostAndPort;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * Where the chat service is. Unlike {@code java.net.URI} it knows hosts with underscores, as Docker names them.
 *
 * @param uri http or https, a host and perhaps a port; a path in front of {@code /chat} is kept
 */
record Endpoint(URI uri) {
    Endpoint {
        if (place(uri).isEmpty() || !List.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
            throw new IllegalArgumentException(
                    "upstream.endpoint: " + uri + " (expected: http or https, a host and perhaps a port)");
        }
    }

    /** Whether calls go over TLS. */
    boolean secure() {
        return uri.getScheme().equals("https");
    }

    /** The port, the scheme's own when none is named. */
    int port() {
        int port = place(uri).map(HostAndPort::port).orElse(-1);
        return port >= 0 ? port : secure() ? 443 : 80;
    }

    /** The host, IPv6 addresses without brackets. */
    String host() {
        String host = place(uri).map(HostAndPort::host).orElse("");
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The path in front of {@code /chat}; empty as a rule, never with a slash at its end. */
    String basePath() {
        String path = uri.getRawPath();
        return path == null ? "" : path.replaceAll("/+$", "");
    }

    /** A path below the endpoint. */
    String path(String below) {
        return basePath() + below;
    }

    private static Optional<HostAndPort> place(URI uri) {
        return Optional.ofNullable(uri.getRawAuthority()).flatMap(HostAndPort::parse);
    }
}
