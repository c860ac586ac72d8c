package dev.chatgateway.config;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Scheme and authority as a browser writes them, without the default port of the scheme, so that equal origins are equal
 * objects.
 *
 * @param scheme http or https
 * @param authority host, in lower case, with the port unless it is the scheme's own
 */
public record PublicOrigin(String scheme, String authority) {

    /** How the origin of a request is determined. */
    public record Resolver(Optional<PublicOrigin> publicEndpoint, TrustedProxies proxies) {

        /** By the configuration of the listener. */
        public static Resolver of(GatewayConfig.Http http) {
            return new Resolver(
                    Optional.ofNullable(http.publicEndpoint()).flatMap(PublicOrigin::parse),
                    TrustedProxies.of(http.trustedProxies()));
        }

        /**
         * The origin under which the client reached the gateway: http.publicEndpoint; else, if the peer is a trusted
         * proxy, its headers; else Host and the scheme of the connection.
         *
         * @param peer address literal of the peer
         * @param tls whether the connection to this process is TLS
         * @param host header Host (or :authority)
         * @param forwarded headers of proxies
         * @return empty if there is no usable Host
         */
        public Optional<PublicOrigin> resolve(String peer, boolean tls, @Nullable String host, Forwarded forwarded) {
            if (publicEndpoint.isPresent()) {
                return publicEndpoint;
            }
            String scheme = tls ? "https" : "http";
            if (!proxies.trusts(peer)) {
                return sent(scheme, host);
            }
            String proto = forwarded.proto();
            String named = forwarded.host();
            return sent(proto == null ? scheme : forwardedScheme(proto), named == null ? host : nearest(named));
        }

        /** Whether the client's own connection is TLS: by the header of a trusted proxy if there is one, else by {@code tls}. */
        public boolean secure(String peer, boolean tls, Forwarded forwarded) {
            String proto = forwarded.proto();
            return (proxies.trusts(peer) && proto != null)
                    ? forwardedScheme(proto).equals("https")
                    : tls;
        }

        /** Some proxies send the scheme of the WebSocket (ws, wss). */
        private static String forwardedScheme(String header) {
            String nearest = nearest(header).toLowerCase(Locale.ROOT);
            return switch (nearest) {
                case "ws" -> "http";
                case "wss" -> "https";
                default -> nearest;
            };
        }

        /** The trusted proxy wrote the last entry of a list; earlier entries come from the client. */
        private static String nearest(String header) {
            return header.substring(header.lastIndexOf(',') + 1).trim();
        }
    }

    /** Parses a configured endpoint; empty for anything but http(s)://host[:port][/]. */
    public static Optional<PublicOrigin> parse(String origin) {
        int colon = origin.indexOf("://");
        if (colon < 0) {
            return Optional.empty();
        }
        String rest = origin.substring(colon + 3);
        String host = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
        return scheme(origin.substring(0, colon))
                .flatMap(scheme -> HostAndPort.parse(host).map(place -> of(scheme, place)));
    }

    /** Parses an Origin header. */
    public static Optional<PublicOrigin> sent(String header) {
        return HostAndPort.decoded(header).flatMap(PublicOrigin::parse);
    }

    /** Combines a scheme and a Host header; empty if one of them is invalid. */
    public static Optional<PublicOrigin> sent(String scheme, @Nullable String host) {
        return host == null
                ? Optional.empty()
                : scheme(scheme).flatMap(known -> HostAndPort.sent(host).map(place -> of(known, place)));
    }

    private static Optional<String> scheme(String name) {
        return Optional.of(name.toLowerCase(Locale.ROOT)).filter(s -> s.equals("http") || s.equals("https"));
    }

    private static PublicOrigin of(String scheme, HostAndPort place) {
        int port = place.port();
        boolean implied = port < 0 || port == (scheme.equals("https") ? 443 : 80);
        return new PublicOrigin(scheme, implied ? place.host() : place.toString());
    }

    @Override
    public String toString() {
        return scheme + "://" + authority;
    }
}
