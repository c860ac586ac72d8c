package dev.chatgateway.socket.accept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Handler of a listening channel, whose messages are accepted channels. Registers them as {@link
 * UnauthenticatedConnection}s. Stateless.
 */
@ChannelHandler.Sharable
final class AcceptHandler extends ChannelInboundHandlerAdapter {
    final UnauthenticatedLimits limits;

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
