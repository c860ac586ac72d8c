package dev.chatgateway.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks that no two listeners have the same port on the same host. The operating system, or Vert.x, would let them share
 * it, and each connection would reach one or the other.
 */
final class PortChecks {
    private static final Set<String> EVERY_ADDRESS = Set.of("0.0.0.0", "::", "0:0:0:0:0:0:0:0");

    private PortChecks() {}

    private record Listener(String key, @Nullable String host, int port) {
        boolean meets(Listener other) {
            return port == other.port && port != 0 && sameHost(host, other.host);
        }
    }

    static void problems(GatewayConfig config, List<String> problems) {
        List<Listener> listeners = listeners(config);
        for (int i = 0; i < listeners.size(); i++) {
            for (Listener before : listeners.subList(0, i)) {
                Listener here = listeners.get(i);
                if (here.meets(before)) {
                    problems.add(here.key + ": " + here.port + " (expected: another port than that of " + before.key
                            + ", as both listen on " + here.host + ")");
                }
            }
        }
    }

    private static List<Listener> listeners(GatewayConfig config) {
        List<Listener> listeners = new ArrayList<>();
        String host = config.http().host();
        if (config.http().enabled()) {
            listeners.add(new Listener("http.port", host, config.http().port()));
        }
        listeners.add(new Listener("https.port", host, config.https().port()));
        listeners.add(new Listener(
                "management.port",
                config.management().host(),
                config.management().port()));
        GatewayConfig.Embedded embedded = config.embedded();
        boolean runs = embedded.enabled() == null ? config.upstream().endpoint() == null : embedded.enabled();
        if (runs) {
            listeners.add(new Listener("embedded.port", embedded.host(), embedded.port()));
            if (embedded.httpPort() != null) {
                listeners.add(new Listener("embedded.httpPort", embedded.host(), embedded.httpPort()));
            }
        }
        GatewayConfig.Cluster cluster = config.cluster();
        if (cluster.enabled()) {
            listeners.add(new Listener("cluster.port", cluster.host(), cluster.port()));
            listeners.add(new Listener("cluster.busPort", cluster.host(), cluster.busPort()));
        }
        return listeners;
    }

    /** Names are not resolved: two names of one address are detected only when the second listener opens. */
    private static boolean sameHost(@Nullable String one, @Nullable String other) {
        if (one == null || other == null) {
            return false;
        }
        return EVERY_ADDRESS.contains(one)
                || EVERY_ADDRESS.contains(other)
                || one.equalsIgnoreCase(other)
                || (TrustedProxies.loopback(one) && TrustedProxies.loopback(other) && named(one, other));
    }

    /** localhost may resolve to either loopback address. */
    private static boolean named(String one, String other) {
        return one.equals("localhost") || other.equals("localhost");
    }
}
