package dev.chatgateway.config;

import java.util.Set;
import java.util.stream.Collectors;

/**
 * The configuration in force. Packages keep this object instead of values that may change while the gateway runs, and read
 * the values once per connection, poll or request, never once per subscriber. Any thread.
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

    /** The whole configuration. */
    public GatewayConfig config() {
        return state.config;
    }

    /** Limits for clients. */
    public GatewayConfig.Limits limits() {
        return state.config.limits();
    }

    /** How often threads are polled. */
    public GatewayConfig.Poll poll() {
        return state.config.poll();
    }

    /** Origins besides the gateway's own that may use it (http.origins). */
    public Set<PublicOrigin> origins() {
        return state.origins;
    }

    /**
     * Whether pages of this origin may use /chat and the live channel of the official clients: those of http.origins; and,
     * while the chat service is the embedded one, pages that are served by this machine, which is where developers' pages
     * come from. A page on another machine cannot have such an origin.
     */
    public boolean allowsChatPage(PublicOrigin origin) {
        return state.origins.contains(origin) || (state.config.upstream().endpoint() == null && isLoopback(origin));
    }

    private static boolean isLoopback(PublicOrigin origin) {
        return HostAndPort.parse(origin.authority())
                .map(HostAndPort::host)
                .map(host -> host.equals("[::1]") ? "::1" : host)
                .filter(TrustedProxies::loopback)
                .isPresent();
    }

    /** Replaces the configuration in force. */
    public void replace(GatewayConfig config) {
        state = State.of(config);
    }
}
