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
 * Keeps the frames of a client that does not wait for the answer to its upgrade. They come out of the decoder while
 * Vert.x's HTTP handler still stands behind it, which would neither pass them on nor ever give their memory back. What
 * can come so is bounded by one read of the socket. Owned by the connection's event loop.
 */
public final class EarlyFrames extends ChannelInboundHandlerAdapter {
    private final ArrayDeque<Object> held = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext ctx;
    private boolean wanted;

    private EarlyFrames() {}

    /** Stands in front of Vert.x from now on. */
    public static EarlyFrames on(HttpServerRequest request) {
        EarlyFrames early = new EarlyFrames();
        if (request.version() == HttpVersion.HTTP_1_1 && request.connection() instanceof HttpServerConnection http) {
            ChannelHandlerContext vertx = http.channelHandlerContext();
            vertx.pipeline().addBefore(vertx.name(), null, early);
        }
        return early;
    }

    /** The socket is ready: what was kept goes on to the next handler, and this one is out of the way. */
    public void release() {
        wanted = true;
        leave();
    }

    /** There is no socket. */
    public void drop() {
        leave();
    }

    private void leave() {
        ChannelHandlerContext here = ctx;
        if (here != null && !here.isRemoved()) {
            here.pipeline().remove(this);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (message instanceof WebSocketFrame) {
            held.add(message);
        } else {
            from.fireChannelRead(message);
        }
    }

    /** A broken frame in its order after the good ones. */
    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (ServerFrames.closeCode(cause).isPresent()) {
            held.add(cause);
        } else {
            from.fireExceptionCaught(cause);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext from) {
        for (Object next = held.poll(); next != null; next = held.poll()) {
            if (!wanted) {
                ReferenceCountUtil.release(next);
            } else if (next instanceof Throwable cause) {
                from.fireExceptionCaught(cause);
            } else {
                from.fireChannelRead(next);
            }
        }
    }
}
