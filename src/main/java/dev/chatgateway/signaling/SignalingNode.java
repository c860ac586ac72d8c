package dev.chatgateway.signaling;

import dev.chatgateway.chatproxy.ChatCors;
import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.SessionReferenceCodec;
import dev.chatgateway.signaling.handover.ConnectionGrants;
import dev.chatgateway.signaling.handover.SessionDirectory;
import io.vertx.core.http.HttpConnection;
import java.time.Clock;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * What the live channel's parts of all event loops share. Any thread.
 *
 * @param directory what the nodes of a cluster share about sessions
 * @param serviceMs the chat service's clock, epoch milliseconds
 * @param proven told that the service has accepted the token of a request, and whose it is
 */
public record SignalingNode(
        LiveConfig live,
        ProvenTokens tokens,
        SessionReferenceCodec references,
        SessionRegistry registry,
        ConnectionGrants grants,
        SessionDirectory directory,
        InboxFeed inboxes,
        CursorCodec cursors,
        ChatCors cors,
        GatewayMetrics metrics,
        Clock clock,
        LongSupplier serviceMs,
        BiConsumer<HttpConnection, String> proven) {}
