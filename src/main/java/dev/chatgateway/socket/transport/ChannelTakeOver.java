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

/** How a socket comes from Vert.x to a {@link NettyTransport}. */
public final class ChannelTakeOver {
    private ChannelTakeOver() {}

    /**
     * Takes a socket over, on its event loop, in the turn in which it was opened. Where the pipeline is not as expected
     * the socket stays Vert.x's.
     *
     * @param deflates whether the peer agreed to deflated messages
     */
    public static Transport over(ServerWebSocket socket, FlushLoop loop, boolean deflates) {
        ChannelHandlerContext old = ((WebSocketInternal) socket).channelHandlerContext();
        ChannelPipeline pipeline = old.pipeline();
        if (!(old.handler() instanceof ChannelInboundHandler vertx) || pipeline.get(HttpObjectEncoder.class) != null) {
            return new VertxTransport(socket);
        }
        NettyTransport wire = new NettyTransport(loop, deflates);
        pipeline.addLast(wire);
        pipeline.toMap().values().stream()
                .filter(handler -> handler != wire
                        && !(handler instanceof SslHandler)
                        && !(handler instanceof EarlyFrames)
                        && !(handler instanceof UnauthenticatedConnection)
                        && !(handler instanceof WebSocketFrameDecoder))
                .forEach(pipeline::remove);
        // For Vert.x the connection is over: so its books and meters are right.
        try {
            vertx.channelInactive(old);
        } catch (Exception e) {
            throw new IllegalStateException("Vert.x can't let go of a socket", e);
        }
        return wire;
    }
}
