package dev.chatgateway.socket.accept;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;

/** Reports where the requests of an HTTP/1.1 connection begin and end. Placed behind the HTTP decoder. */
final class Http1RequestBounds extends ChannelDuplexHandler {
    private final UnauthenticatedConnection connection;

    Http1RequestBounds(UnauthenticatedConnection connection) {
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest) {
            connection.headComplete();
        }
        if (message instanceof LastHttpContent) {
            connection.requestComplete();
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        connection.responseStarts();
        ctx.write(message, promise);
    }
}
