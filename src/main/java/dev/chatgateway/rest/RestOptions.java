package dev.chatgateway.rest;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.PublicOrigin;
import java.util.Locale;
import java.util.Set;

/**
 * Configuration of the REST routes.
 *
 * @param host address of the listener (http.host); empty with the PROXY protocol
 * @param demoTokens whether the development routes are also served on other addresses than loopback
 *     (embedded.demoTokens)
 * @param ownCertificate whether the TLS port has a configured certificate (https.certificate), not the development one
 * @param origins resolves the origin under which a client reached the gateway
 */
public record RestOptions(String host, boolean demoTokens, boolean ownCertificate, PublicOrigin.Resolver origins) {
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "::1", "[::1]", "0:0:0:0:0:0:0:1");

    /** Reads the configuration in force. */
    public static RestOptions of(GatewayConfig config) {
        // With the PROXY protocol the listener is reachable from outside through the proxy.
        String host = config.http().proxyProtocol() ? "" : config.http().host();
        return new RestOptions(
                host,
                config.embedded().demoTokens(),
                config.https().certificate() != null,
                PublicOrigin.Resolver.of(config.http()));
    }

    /** Whether the development routes may be served on this listener. */
    boolean developmentAllowed() {
        String name = host.toLowerCase(Locale.ROOT);
        return demoTokens || LOOPBACK_NAMES.contains(name) || name.matches("127(\\.\\d{1,3}){3}");
    }
}
