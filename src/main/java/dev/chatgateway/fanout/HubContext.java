package dev.chatgateway.fanout;

import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CursorCodec;
import io.vertx.core.Context;
import java.time.Clock;

/**
 * What the classes of one hub share.
 *
 * @param eventLoop the Vert.x context that the hub lives on
 */
record HubContext(Context eventLoop, ThreadFeed feed, CursorCodec cursors, GatewayMetrics metrics, Clock clock) {}
