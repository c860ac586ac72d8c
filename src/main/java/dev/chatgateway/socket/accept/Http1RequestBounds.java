package dev.chatgateway.socket.accept;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;

/** Tells a visit where the requests of an HTTP/1.1 connection begin and end. Stands behind the decoder. */
final class Http1RequestBounds extends ChannelDuplexHandler {
    private final UnauthenticatedConnection visit;

    Http1RequestBounds(UnauthenticatedConnection visit) {
        this.visit = visit;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest) {
            visit.headComplete();
        }
        if (message instanceof LastHttpContent) {
            visit.requestComplete();
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        visit.answering();
        ctx.write(message, promise);
    }
}
