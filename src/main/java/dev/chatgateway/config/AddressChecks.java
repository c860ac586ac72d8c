package dev.chatgateway.config;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Checks hosts, endpoints and origins, which the gateway binds, connects to, or compares with headers of clients. */
final class AddressChecks {
    private static final String AZURE = ".communication.azure.com";

    private AddressChecks() {}

    static void check(GatewayConfig config, List<String> problems) {
        bound("http.host", config.http().host(), problems);
        bound("management.host", config.management().host(), problems);
        bound("embedded.host", config.embedded().host(), problems);
        String cluster = config.cluster().host();
        if (cluster != null) {
            bound("cluster.host", cluster, problems);
        }
        publicEndpoint("http.publicEndpoint", config.http().publicEndpoint(), problems);
        publicEndpoint("embedded.publicEndpoint", config.embedded().publicEndpoint(), problems);
        if (!config.embedded().signalingOff()) {
            publicEndpoint("embedded.signalingEndpoint", config.embedded().signalingEndpoint(), problems);
        }
        upstream(config.upstream().endpoint(), problems);
        each(
                "http.origins",
                config.http().origins(),
                AddressChecks::isOrigin,
                "scheme://host[:port] as browsers send it, other alphabets in their xn-- form",
                problems);
        each(
                "management.hosts",
                config.management().hosts(),
                AddressChecks::isName,
                "a host name without a port",
                problems);
        each("embedded.names", config.embedded().names(), AddressChecks::isHost, "a host name or an address", problems);
        each(
                "cluster.members",
                config.cluster().members(),
                member -> HostAndPort.parse(member).isPresent(),
                "host:port",
                problems);
    }

    /** Values that work and are probably a mistake. */
    static List<String> warnings(GatewayConfig config) {
        String endpoint = config.upstream().endpoint();
        Optional<PublicOrigin> origin = Optional.ofNullable(endpoint).flatMap(PublicOrigin::parse);
        boolean plain = origin.isPresent()
                && origin.get().scheme().equals("http")
                && HostAndPort.parse(origin.get().authority())
                        .filter(place -> place.host().endsWith(AZURE))
                        .isPresent();
        return plain
                ? List.of("upstream.endpoint: " + endpoint
                        + " (expected: https, as tokens and messages would cross the network in clear text)")
                : List.of();
    }

    private static void publicEndpoint(String key, @Nullable String endpoint, List<String> problems) {
        if (endpoint != null && PublicOrigin.parse(endpoint).isEmpty()) {
            problems.add(key + ": " + shown(endpoint) + " (expected: http or https, a host and perhaps a port)");
        }
    }

    private static void upstream(@Nullable String endpoint, List<String> problems) {
        publicEndpoint("upstream.endpoint", endpoint, problems);
        if (endpoint == null) {
            return;
        }
        PublicOrigin.parse(endpoint)
                .filter(origin -> origin.scheme().equals("https"))
                .filter(origin -> origin.authority().indexOf('_') >= 0)
                .ifPresent(origin -> problems.add("upstream.endpoint: " + endpoint
                        + " (expected: http, or a host without an underscore, for which TLS accepts no certificate)"));
    }

    private static void bound(String key, String host, List<String> problems) {
        if (!isHost(host)) {
            problems.add(key + ": " + shown(host) + " (expected: an address or a host name)");
        }
    }

    /** An IPv6 address without brackets, with or without a zone, or a name that resolvers accept. */
    private static boolean isHost(String host) {
        String bare = host.replaceFirst("%[A-Za-z0-9._-]+$", "");
        boolean ascii = host.chars().allMatch(c -> c < 0x80);
        return ascii && !bare.startsWith("[") && isName(bare.indexOf(':') >= 0 ? "[" + bare + "]" : bare);
    }

    private static boolean isName(String host) {
        return !host.endsWith(":")
                && HostAndPort.parse(host).filter(place -> place.port() < 0).isPresent();
    }

    private static boolean isOrigin(String origin) {
        return PublicOrigin.parse(origin).isPresent();
    }

    private static void each(
            String key, List<String> values, Predicate<String> good, String expected, List<String> problems) {
        for (int i = 0; i < values.size(); i++) {
            if (!good.test(values.get(i))) {
                problems.add(key + "[" + i + "]: " + shown(values.get(i)) + " (expected: " + expected + ")");
            }
        }
    }

    /** The value on one line; control characters are escaped. */
    static String shown(String value) {
        return value.chars().anyMatch(Character::isISOControl) || value.isBlank()
                ? '"'
                        + value.replace("\n", "\\n")
                                .replace("\r", "\\r")
                                .replace("\t", "\\t")
                                .replaceAll("\\p{Cntrl}", "?")
                        + '"'
                : value;
    }
}
