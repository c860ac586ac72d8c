package dev.chatgateway.socket.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the frames of a client that sends them before it has received the response to its upgrade. They leave the frame
 * decoder while the HTTP handler of Vert.x is still behind it, which would drop them without releasing their buffers.
 * One read of the socket bounds their number. Owned by the event loop of the connection.
 */
public final class EarlyFrames extends ChannelInboundHandlerAdapter {
    private final ArrayDeque<Object> frames = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext ctx;
    private boolean deliver;

    private EarlyFrames() {}

    /** Installs the handler in front of the HTTP handler of Vert.x. */
    public static EarlyFrames install(HttpServerRequest request) {
        EarlyFrames early = new EarlyFrames();
        if (request.version() == HttpVersion.HTTP_1_1 && request.connection() instanceof HttpServerConnection http) {
            ChannelHandlerContext vertx = http.channelHandlerContext();
            vertx.pipeline().addBefore(vertx.name(), null, early);
        }
        return early;
    }

    /**
     * Passes the kept frames to the next handler and removes this one. Call it when the transport is in the pipeline.
     */
    public void release() {
        deliver = true;
        removeSelf();
    }

    /** Releases the kept frames and removes this handler. Call it when the upgrade has failed. */
    public void discard() {
        removeSelf();
    }

    private void removeSelf() {
        ChannelHandlerContext context = ctx;
        if (context != null && !context.isRemoved()) {
            context.pipeline().remove(this);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof WebSocketFrame) {
            frames.add(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    /** A decoding error keeps its place behind the frames received before it. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (ServerFrames.closeCode(cause).isPresent()) {
            frames.add(cause);
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        for (Object next = frames.poll(); next != null; next = frames.poll()) {
            if (!deliver) {
                ReferenceCountUtil.release(next);
            } else if (next instanceof Throwable cause) {
                context.fireExceptionCaught(cause);
            } else {
                context.fireChannelRead(next);
            }
        }
    }
}
