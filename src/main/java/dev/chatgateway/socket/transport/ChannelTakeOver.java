package dev.chatgateway.socket.transport;

import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;

/** Moves a socket from Vert.x to a {@link NettyTransport}. */
public final class ChannelTakeOver {
    private ChannelTakeOver() {}

    /**
     * Takes a socket over. Call it on the event loop of the socket, in the task in which the socket was opened. If the
     * pipeline has other handlers than expected the socket stays with Vert.x.
     *
     * @param deflate whether permessage-deflate was negotiated
     */
    public static Transport over(ServerWebSocket socket, FlushLoop flushLoop, boolean deflate) {
        ChannelHandlerContext webSocketContext = ((WebSocketInternal) socket).channelHandlerContext();
        ChannelPipeline pipeline = webSocketContext.pipeline();
        if (!(webSocketContext.handler() instanceof ChannelInboundHandler vertxHandler)
                || pipeline.get(HttpObjectEncoder.class) != null) {
            return new VertxTransport(socket);
        }
        NettyTransport transport = new NettyTransport(flushLoop, deflate);
        pipeline.addLast(transport);
        pipeline.toMap().values().stream()
                .filter(handler -> handler != transport
                        && !(handler instanceof SslHandler)
                        && !(handler instanceof EarlyFrames)
                        && !(handler instanceof UnauthenticatedConnection)
                        && !(handler instanceof WebSocketFrameDecoder))
                .forEach(pipeline::remove);
        // Vert.x sees the connection end, so that it releases its state and updates its metrics.
        try {
            vertxHandler.channelInactive(webSocketContext);
        } catch (Exception e) {
            throw new IllegalStateException("Vert.x failed to release a socket", e);
        }
        return transport;
    }
}
