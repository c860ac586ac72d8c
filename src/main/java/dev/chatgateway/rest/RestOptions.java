package dev.chatgateway.rest;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.PublicOrigin;
import java.util.Locale;
import java.util.Set;

/**
 * What the page's routes need to know of the configuration.
 *
 * @param host address of the listener (http.host); none behind a proxy
 * @param demoTokens serve the development routes also where that is not loopback (embedded.demoTokens)
 * @param ownCertificate whether the TLS port has a certificate of its own (https.certificate), not the development one
 * @param origins finds the origin under which a client reached the gateway
 */
public record RestOptions(String host, boolean demoTokens, boolean ownCertificate, PublicOrigin.Resolver origins) {
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "::1", "[::1]", "0:0:0:0:0:0:0:1");

    /** Of the configuration in force. */
    public static RestOptions of(GatewayConfig config) {
        // A proxy that tells who it speaks for carries the listener to the outside.
        String host = config.http().proxyProtocol() ? "" : config.http().host();
        return new RestOptions(
                host,
                config.embedded().demoTokens(),
                config.https().certificate() != null,
                PublicOrigin.Resolver.of(config.http()));
    }

    /** Whether the development routes may exist on this listener, if there is an embedded service for them. */
    boolean developmentAllowed() {
        String name = host.toLowerCase(Locale.ROOT);
        return demoTokens || LOOPBACK_NAMES.contains(name) || name.matches("127(\\.\\d{1,3}){3}");
    }
}
