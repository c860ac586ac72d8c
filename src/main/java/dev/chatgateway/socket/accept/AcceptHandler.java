package dev.chatgateway.socket.accept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Stands in the pipeline of a listening socket, where each message is a connection that was accepted. Stateless. */
@ChannelHandler.Sharable
final class AcceptHandler extends ChannelInboundHandlerAdapter {
    private final UnauthenticatedLimits limits;

    AcceptHandler(UnauthenticatedLimits limits) {
        this.limits = limits;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel accepted = (Channel) message;
        if (UnauthenticatedConnection.accept(accepted, limits)) {
            ctx.fireChannelRead(accepted);
        } else {
            accepted.unsafe().closeForcibly();
        }
    }
}
