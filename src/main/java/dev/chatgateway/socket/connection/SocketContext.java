package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Commands;
import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.TicketCodec;
import dev.chatgateway.tracing.Tracer;
import java.time.Clock;

/** What all connections of the node share. Each component may be called from any event loop. */
public record SocketContext(
        LiveConfig live,
        GatewayConfig.Compression compression,
        Commands commands,
        ProvenTokens tokens,
        TicketCodec tickets,
        UserConnections users,
        Handshake handshake,
        GatewayMetrics metrics,
        Tracer tracer,
        Clock clock) {
    /** The limits in force. A connection keeps the limits with which it was opened. */
    public GatewayConfig.Limits limits() {
        return live.limits();
    }
}
