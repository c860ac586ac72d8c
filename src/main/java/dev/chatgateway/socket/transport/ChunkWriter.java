package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.FrameBatch;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes chunks of an HTTP/1.1 response into the channel, below Vert.x: a batch for many responses is encoded once into
 * one shared buffer, with one flush for each response and event loop task. Vert.x must have written the head before,
 * and writes the end after {@link #remove}. Owned by the event loop of the request.
 */
public final class ChunkWriter extends ChannelInboundHandlerAdapter implements ChannelOutput.Owner {
    private final FlushLoop flushLoop;
    private final Listener listener;
    private @Nullable ChannelOutput output;

    private ChunkWriter(FlushLoop flushLoop, Listener listener) {
        this.flushLoop = flushLoop;
        this.listener = listener;
    }

    /** Receives the events of the channel, on its event loop. */
    public interface Listener {
        /** The write buffer has drained. */
        void writable();

        /** The operating system did not accept all that was written in this event loop task. */
        void backlogged();
    }

    /** A writer for the response of a request; empty if the request is not HTTP/1.1. */
    public static Optional<ChunkWriter> of(HttpServerRequest request, FlushLoop flushLoop, Listener listener) {
        if (request.version() != HttpVersion.HTTP_1_1
                || !(request.connection() instanceof HttpServerConnection connection)
                || connection.channelHandlerContext() == null) {
            return Optional.empty();
        }
        ChannelPipeline pipeline = connection.channelHandlerContext().pipeline();
        ChannelHandlerContext encoder = pipeline.context(HttpResponseEncoder.class);
        if (encoder == null) {
            return Optional.empty();
        }
        ChunkWriter writer = new ChunkWriter(flushLoop, listener);
        pipeline.addBefore(encoder.name(), null, writer);
        return Optional.of(writer);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        output = new ChannelOutput(ctx, flushLoop, this);
    }

    /** Writes a batch that other responses get too, as one chunk. */
    public void write(FrameBatch batch, Function<FrameBatch, byte[]> encoding) {
        output().writeShared(flushLoop.sharedChunk(batch, encoding));
    }

    /** Writes one chunk. */
    public void write(byte[] data) {
        output().write(flushLoop.chunk(data));
    }

    /** Ends the use of this writer. What it has written precedes what Vert.x writes afterwards. */
    public void remove(HttpServerRequest request) {
        output().finish();
        if (request.connection() instanceof HttpServerConnection connection) {
            ChannelPipeline pipeline = connection.channelHandlerContext().pipeline();
            if (pipeline.context(this) != null) {
                pipeline.remove(this);
            }
        }
    }

    public boolean isWritable() {
        return output().isWritable();
    }

    /** Bytes that were written and that the operating system has not accepted. */
    public long pendingBytes() {
        return output().pendingBytes();
    }

    @Override
    public void backlogged() {
        listener.backlogged();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (isWritable()) {
            flushLoop.context.dispatch(v -> listener.writable());
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        output().discard();
        ctx.fireChannelInactive();
    }

    /** The failure of a write, usually a reset by the peer. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            ctx.close();
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }

    private ChannelOutput output() {
        ChannelOutput added = output;
        if (added == null) {
            throw new IllegalStateException("writer used before it was added to a pipeline");
        }
        return added;
    }
}
