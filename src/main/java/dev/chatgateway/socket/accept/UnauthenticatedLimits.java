package dev.chatgateway.socket.accept;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.TrustedProxies;
import dev.chatgateway.metrics.GatewayMetrics;
import java.util.function.Supplier;

/**
 * Limits for the connections of one listener until they have authenticated.
 *
 * @param shares memory that these connections may hold together, divided by client address
 * @param secure whether the connections use TLS
 * @param clients whether the listener is for chat clients, not for management
 * @param limits the configured limits in force
 * @param proxies peers whose connections count for the client that each request names, not for the peer's address
 */
record UnauthenticatedLimits(
        FairShares shares,
        boolean secure,
        boolean clients,
        Supplier<GatewayConfig.Limits> limits,
        TrustedProxies proxies,
        GatewayMetrics metrics) {
    /** Estimated heap of one plain connection with its Vert.x and Netty objects. A TLS engine adds as much again. */
    private static final long CONNECTION_BYTES = 16 * 1024;

    /** A node with a small connection limit still needs to accept excess connections to answer them with 503. */
    private static final int MIN_CONNECTIONS = 256;

    private static final long HEAP_FRACTION = 4;

    /** Shares for all client listeners together. */
    static FairShares clientShares(LiveConfig live) {
        return new FairShares(
                () -> {
                    GatewayConfig.Limits limits = live.limits();
                    long connections = (long) limits.connections() * limits.unsignedPercent() / 100;
                    return Math.min(maxBytes(limits), Math.max(MIN_CONNECTIONS, connections) * CONNECTION_BYTES);
                },
                () -> live.limits().authenticateSeconds() * 1000L);
    }

    /** Shares for one listener that is not for chat clients. */
    static FairShares otherShares(LiveConfig live) {
        return new FairShares(() -> maxBytes(live.limits()), () -> live.limits().idleSeconds() * 1000L);
    }

    private static long maxBytes(GatewayConfig.Limits limits) {
        int configured = limits.unsignedBytes();
        return configured == 0 ? Runtime.getRuntime().maxMemory() / HEAP_FRACTION : configured;
    }

    /** Estimated bytes of a connection that has sent nothing. */
    long connectionBytes() {
        return secure ? 2 * CONNECTION_BYTES : CONNECTION_BYTES;
    }

    /** Bytes of one request head at most. A quarter while memory is scarce. */
    long headBytes() {
        // The HTTP decoder enforces the exact limits on the request line and on the header fields.
        long max = limits.get().headerBytes() * 2L;
        return shares.isScarce() ? max / 4 : max;
    }

    long headMs() {
        return limits.get().handshakeSeconds() * 1000L;
    }

    long bodyMs() {
        return limits.get().bodySeconds() * 1000L;
    }
}
