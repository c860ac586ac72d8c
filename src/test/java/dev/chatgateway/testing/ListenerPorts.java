package dev.chatgateway.testing;

import java.net.URI;

/** The plain listeners of a gateway; the embedded one needs {@code embedded.httpPort}. */
public enum ListenerPorts {
    CLIENTS,
    MANAGEMENT,
    EMBEDDED;

    /** Where it listens. */
    public URI of(GatewayExtension gateway) {
        return switch (this) {
            case CLIENTS -> gateway.endpoints().http();
            case MANAGEMENT -> gateway.endpoints().management();
            case EMBEDDED ->
                URI.create("http://localhost:"
                        + gateway.endpoints().embedded().orElseThrow().httpPort() + "/");
        };
    }
}
