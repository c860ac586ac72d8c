package dev.chatgateway.config;

import java.util.Set;
import java.util.stream.Collectors;

/**
 * The configuration in force. Rooms keep this instead of the values that may change while the gateway runs, and read
 * them where something begins (a connection, a reading of a thread, a request), never once per subscriber. Any thread.
 */
public final class LiveConfig {
    private volatile State state;

    public LiveConfig(GatewayConfig config) {
        state = State.of(config);
    }

    private record State(GatewayConfig config, Set<PublicOrigin> origins) {
        static State of(GatewayConfig config) {
            return new State(
                    config,
                    config.http().origins().stream()
                            .flatMap(origin -> PublicOrigin.parse(origin).stream())
                            .collect(Collectors.toUnmodifiableSet()));
        }
    }

    /** All of it. */
    public GatewayConfig config() {
        return state.config;
    }

    /** Bounds for clients. */
    public GatewayConfig.Limits limits() {
        return state.config.limits();
    }

    /** How often threads are read. */
    public GatewayConfig.Poll poll() {
        return state.config.poll();
    }

    /** The pages beside the gateway's own that may use it (http.origins). */
    public Set<PublicOrigin> origins() {
        return state.origins;
    }

    /** From now on this one is in force. */
    public void replace(GatewayConfig config) {
        state = State.of(config);
    }
}
