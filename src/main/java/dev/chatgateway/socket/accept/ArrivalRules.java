package dev.chatgateway.socket.accept;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.TrustedProxies;
import dev.chatgateway.metrics.GatewayMetrics;
import java.util.function.Supplier;

/**
 * What holds for the connections of one listener until they have signed in.
 *
 * @param shares what all of them may hold, divided by client address
 * @param secure whether they begin with TLS
 * @param clients whether the listener is one of those for clients
 * @param limits the limits in force
 * @param proxies whose connections count for no address until a request says which
 */
record ArrivalRules(
        FairShares shares,
        boolean secure,
        boolean clients,
        Supplier<GatewayConfig.Limits> limits,
        TrustedProxies proxies,
        GatewayMetrics metrics) {
    /** What one connection holds, with Vert.x's objects and Netty's; a TLS engine holds as much again. */
    private static final long CONNECTION_BYTES = 16 * 1024;

    /** A node of few connections answers 503 to those that are too many, for which it must take them. */
    private static final int FEWEST = 256;

    private static final long HEAP_PART = 4;

    /** Connections of all listeners for clients share one account. */
    static FairShares clientShares(LiveConfig live) {
        return new FairShares(
                () -> {
                    GatewayConfig.Limits limits = live.limits();
                    long share = (long) limits.connections() * limits.unsignedPercent() / 100;
                    return Math.min(memory(limits), Math.max(FEWEST, share) * CONNECTION_BYTES);
                },
                () -> live.limits().authenticateSeconds() * 1000L);
    }

    /** An account for a listener that is not for clients. */
    static FairShares otherShares(LiveConfig live) {
        return new FairShares(() -> memory(live.limits()), () -> live.limits().idleSeconds() * 1000L);
    }

    private static long memory(GatewayConfig.Limits limits) {
        int configured = limits.unsignedBytes();
        return configured == 0 ? Runtime.getRuntime().maxMemory() / HEAP_PART : configured;
    }

    /** Bytes that a connection is taken to hold while nothing of a request has come. */
    long weight() {
        return secure ? 2 * CONNECTION_BYTES : CONNECTION_BYTES;
    }

    /** Bytes that one request head may have: half as many where there is little room. */
    long headBytes() {
        // The decoder holds the exact limits of the request line and of the headers.
        long most = limits.get().headerBytes() * 2L;
        return shares.scarce() ? most / 4 : most;
    }

    long headMs() {
        return limits.get().handshakeSeconds() * 1000L;
    }

    long bodyMs() {
        return limits.get().bodySeconds() * 1000L;
    }
}
