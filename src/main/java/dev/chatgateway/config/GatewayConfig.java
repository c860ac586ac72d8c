package dev.chatgateway.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The complete configuration in force; the loader has filled in the defaults. Keys, ranges and defaults are those of
 * {@code gateway-config.schema.json}; conf/gateway.yaml shows them.
 */
public record GatewayConfig(
        Http http,
        Https https,
        Management management,
        Upstream upstream,
        Ledger ledger,
        Poll poll,
        Embedded embedded,
        Limits limits,
        Compression compression,
        Data data,
        Events events,
        Signing signing,
        Signaling signaling,
        Cluster cluster,
        Logging logging,
        Tracing tracing,
        ProcessSettings process) {
    private static final int RECONNECT_SECONDS = 20;

    /** Seconds over which a draining node asks its clients to reconnect; 0: none. */
    public int reconnectSeconds() {
        Integer own = process.reconnectSeconds();
        return own == null ? cluster.enabled() ? RECONNECT_SECONDS : 0 : own;
    }

    /** Listener for browsers: plain HTTP and WebSocket. */
    public record Http(
            String host,
            boolean enabled,
            int port,
            List<String> origins,
            @Nullable String publicEndpoint,
            List<String> trustedProxies,
            boolean proxyProtocol) {}

    /** The same routes over TLS. */
    public record Https(
            int port,
            @Nullable String certificate,
            @Nullable String key,
            @Nullable String clientAuthority) {}

    /** Listener for operators: health, metrics and state. */
    public record Management(
            String host, int port, @Nullable String secret, List<String> hosts, boolean ingest) {
        /** Without the secret, so that the record can be logged. */
        @Override
        public String toString() {
            return "Management[host=" + host + ", port=" + port + "]";
        }
    }

    /** The chat service. */
    public record Upstream(
            @Nullable String endpoint,
            String apiVersion,
            @Nullable String trustedCertificates,
            int connections,
            int connectTimeoutMs,
            int timeoutMs,
            int retries,
            int queue) {}

    /** The rate limiter of calls to the service. */
    public record Ledger(int marginMs, int unprovenCalls, int otherCalls, List<Window> windows) {
        /** One window of a limit; the windows given for a limit replace its published ones. */
        public record Window(String limit, int calls, int seconds) {}
    }

    /** How often threads are polled. See docs/architecture.md. */
    public record Poll(
            int hotMs,
            int warmMs,
            int coldMs,
            int hotSeconds,
            int warmSeconds,
            int lingerSeconds,
            int digestMs,
            int digestThreads,
            int listSeconds,
            int receiptsMs,
            int overlapMs,
            int pages,
            int parallel,
            int rosterSeconds,
            int ringEvents,
            int ringSeconds,
            int updatesInFlight,
            int safetyNetSeconds,
            int auditSeconds) {}

    /** The embedded chat and identity service, for development and tests. */
    public record Embedded(
            @Nullable Boolean enabled,
            String host,
            int port,
            @Nullable Integer httpPort,
            @Nullable String publicEndpoint,
            List<String> names,
            String storage,
            @Nullable String accessKey,
            String rateLimits,
            int fractionDigits,
            boolean realism,
            boolean demoTokens,
            @Nullable String signalingEndpoint,
            Faults faults) {
        private static final String OFF = "off";

        /** Whether the rate limits of the service are enforced. */
        public boolean limited() {
            return rateLimits.equals("on");
        }

        /** Whether official clients are never told of a live channel. */
        public boolean signalingOff() {
            return OFF.equals(signalingEndpoint);
        }

        /** Without the access key, so that the record can be logged. */
        @Override
        public String toString() {
            return "Embedded[host=" + host + ", port=" + port + ", storage=" + storage + "]";
        }

        /** Faults that the embedded service produces from the start; changed at run time by PUT /faults on the management port. */
        public record Faults(
                int latencyMs, int latencyJitterMs, int clockOffsetMs, boolean expiredTokens, List<Rule> rules) {
            /** A fault for a share of the calls. */
            public record Rule(
                    @Nullable String operation,
                    String kind,
                    @Nullable Integer status,
                    double rate) {}
        }
    }

    /** Limits for clients. */
    public record Limits(
            int connections,
            int connectionsPerUser,
            int unsignedPercent,
            int unsignedBytes,
            int frameBytes,
            int contentBytes,
            int batch,
            int jsonDepth,
            int requestsPerSecond,
            int requestsBurst,
            int userRequestsPerSecond,
            int inFlight,
            int subscriptions,
            int handshakeSeconds,
            int bodySeconds,
            int handshakesPerSecond,
            int authenticateSeconds,
            int pingSeconds,
            int idleSeconds,
            int expiredTokenSeconds,
            int lifetimeSeconds,
            int outboundBytes,
            int outboundSeconds,
            int headerBytes,
            int bodyBytes,
            int unprovenCallsAtOnce,
            int userCallsAtOnce) {}

    /** Compression of events for many clients. */
    public record Compression(boolean enabled, int minBytes, int minReceivers) {}

    /** Files of this node. */
    public record Data(String directory) {}

    /** Endpoint for Azure Event Grid. */
    public record Events(@Nullable String secret, String header) {
        /** Without the secret, so that the record can be logged. */
        @Override
        public String toString() {
            return "Events[header=" + header + "]";
        }
    }

    /** Keys that sign cursors and session tickets. */
    public record Signing(@Nullable String key, @Nullable String previousKey) {
        /** Without the keys, so that the record can be logged. */
        @Override
        public String toString() {
            return "Signing[]";
        }
    }

    /**
     * The live channel that the official client libraries speak.
     *
     * @param enabled null: on a single node only, as sessions do not move between nodes
     * @param unacknowledged pushes of a session that its client has not acknowledged, at most
     * @param detachedSessions sessions without a connection, at most
     * @param detachedSeconds how long such a session is kept
     */
    public record Signaling(
            boolean enabled, int sessionsPerUser, int unacknowledged, int detachedSessions, int detachedSeconds) {}

    /** Several nodes as one gateway. */
    public record Cluster(
            boolean enabled,
            String name,
            @Nullable String host,
            int port,
            int busPort,
            List<String> members,
            @Nullable String service,
            @Nullable String engine,
            @Nullable String certificate,
            @Nullable String key,
            @Nullable String authority,
            boolean insecure) {}

    /** The log, on standard output. */
    public record Logging(String format, String level) {}

    /** Spans for a collector; the OTEL_* variables configure the export. */
    public record Tracing(boolean enabled) {}

    /** The process. */
    public record ProcessSettings(
            int eventLoops,
            int drainSeconds,
            @Nullable Integer reconnectSeconds,
            String transport,
            boolean plainSockets) {}
}
