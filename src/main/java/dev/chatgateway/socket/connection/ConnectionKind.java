package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;

/** How the events of a connection reach its client. */
public enum ConnectionKind {
    WEBSOCKET("websocket"),
    /** A response of Server-Sent Events. */
    EVENT_STREAM("sse"),
    /** One request of a long poll. */
    LONG_POLL("longPoll");

    /** Proxies close a response that is silent for 30 s or more. */
    private static final int STREAM_PING_SECONDS = 20;

    private final String token;

    ConnectionKind(String token) {
        this.token = token;
    }

    /** The name in metrics, logs and the management API. */
    public String token() {
        return token;
    }

    /** Seconds between two heartbeats. */
    int pingSeconds(GatewayConfig.Limits limits) {
        return this == WEBSOCKET ? limits.pingSeconds() : Math.min(limits.pingSeconds(), STREAM_PING_SECONDS);
    }
}
