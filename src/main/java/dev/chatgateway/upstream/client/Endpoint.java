package dev.chatgateway.upstream.client;

import dev.chatgateway.config.HostAndPort;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * The address of the chat service. Unlike {@code java.net.URI} it accepts hosts with underscores, which Docker uses.
 *
 * @param uri http or https, a host and perhaps a port; a path in front of {@code /chat} is kept
 */
record Endpoint(URI uri) {
    Endpoint {
        if (authority(uri).isEmpty() || !List.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
            throw new IllegalArgumentException(
                    "upstream.endpoint: " + uri + " (expected: http or https, a host and perhaps a port)");
        }
    }

    /** Whether calls go over TLS. */
    boolean secure() {
        return uri.getScheme().equals("https");
    }

    /** The port; the scheme's default if there is none. */
    int port() {
        int port = authority(uri).map(HostAndPort::port).orElse(-1);
        return port >= 0 ? port : secure() ? 443 : 80;
    }

    /** The host, IPv6 addresses without brackets. */
    String host() {
        String host = authority(uri).map(HostAndPort::host).orElse("");
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The path in front of {@code /chat}; usually empty, never with a slash at its end. */
    String basePath() {
        String path = uri.getRawPath();
        return path == null ? "" : path.replaceAll("/+$", "");
    }

    /** A path below the endpoint. */
    String path(String below) {
        return basePath() + below;
    }

    private static Optional<HostAndPort> authority(URI uri) {
        return Optional.ofNullable(uri.getRawAuthority()).flatMap(HostAndPort::parse);
    }
}
