package dev.chatgateway.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Scheme and authority as a browser sees them; the default port of the scheme is left out, so that two that mean the
 * same are equal.
 *
 * @param scheme http or https
 * @param authority host, in lower case, with the port unless it is the scheme's own
 */
public record PublicOrigin(String scheme, String authority) {

    /** How the origin of a request is found. */
    public record Resolver(Optional<PublicOrigin> publicEndpoint, TrustedProxies proxies) {

        /** Of the configuration of the listener. */
        public static Resolver of(GatewayConfig.Http http) {
            return new Resolver(
                    Optional.ofNullable(http.publicEndpoint()).flatMap(PublicOrigin::parse),
                    TrustedProxies.of(http.trustedProxies()));
        }

        /**
         * The origin under which the client reached the gateway: http.publicEndpoint; else, if the peer is a trusted
         * proxy, what the proxy says; else Host and the connection's own scheme.
         *
         * @param peer address of the peer, in numbers
         * @param tls whether the connection to this process is TLS
         * @param host header Host (or :authority)
         * @param forwarded what proxies say
         * @return empty if there is no usable Host
         */
        public Optional<PublicOrigin> resolve(String peer, boolean tls, @Nullable String host, Forwarded forwarded) {
            if (publicEndpoint.isPresent()) {
                return publicEndpoint;
            }
            String scheme = tls ? "https" : "http";
            if (!proxies.trusts(peer)) {
                return parse(scheme, host);
            }
            String proto = forwarded.proto();
            String named = forwarded.host();
            return parse(proto == null ? scheme : nearest(proto), named == null ? host : nearest(named));
        }

        /** Whether the client's own connection is TLS, by what a trusted proxy says of it if it says something. */
        public boolean secure(String peer, boolean tls, Forwarded forwarded) {
            String proto = forwarded.proto();
            return (proxies.trusts(peer) && proto != null) ? nearest(proto).equalsIgnoreCase("https") : tls;
        }

        /** The last of a list was written by the proxy that we trust; those before it came in from outside. */
        private static String nearest(String header) {
            return header.substring(header.lastIndexOf(',') + 1).trim();
        }
    }

    /** Reads an Origin header or a configured endpoint; empty for anything but http(s)://host[:port][/]. */
    public static Optional<PublicOrigin> parse(String origin) {
        int colon = origin.indexOf("://");
        if (colon < 0) {
            return Optional.empty();
        }
        String rest = origin.substring(colon + 3);
        return parse(origin.substring(0, colon), rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest);
    }

    /** Puts a scheme and a Host header together; empty if one of them is not what it should be. */
    public static Optional<PublicOrigin> parse(String scheme, @Nullable String host) {
        String lower = scheme.toLowerCase(Locale.ROOT);
        // Before the case is folded: that turns some letters of other alphabets (the Kelvin sign) into ASCII ones.
        if (host == null || !ascii(host) || !(lower.equals("http") || lower.equals("https"))) {
            return Optional.empty();
        }
        try {
            URI uri = new URI(lower + "://" + host.toLowerCase(Locale.ROOT));
            String name = uri.getHost();
            if (name == null
                    || uri.getRawUserInfo() != null
                    || !uri.getRawAuthority().equals(after(uri))) {
                return Optional.empty();
            }
            int port = uri.getPort();
            boolean implied = port < 0 || port == (lower.equals("https") ? 443 : 80);
            return port > 65_535
                    ? Optional.empty()
                    : Optional.of(new PublicOrigin(lower, implied ? name : name + ":" + port));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static boolean ascii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    /** What follows scheme:// in a URI; more than the authority means that there is a path, query or fragment. */
    private static String after(URI uri) {
        return uri.toString().substring(uri.getScheme().length() + 3);
    }

    @Override
    public String toString() {
        return scheme + "://" + authority;
    }
}
