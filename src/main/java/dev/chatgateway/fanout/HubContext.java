package dev.chatgateway.fanout;

import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CursorCodec;
import io.vertx.core.Context;
import java.time.Clock;

/** What the parts of a hub share. */
record HubContext(Context context, ThreadFeed feed, CursorCodec cursors, GatewayMetrics metrics, Clock clock) {}
