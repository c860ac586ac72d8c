package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Commands;
import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.TicketCodec;
import io.opentelemetry.api.trace.Tracer;
import java.time.Clock;

/** What all connections of the node share; every part may be called from any loop. */
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
    /** The limits in force; a connection keeps those that it came with. */
    public GatewayConfig.Limits limits() {
        return live.limits();
    }
}
