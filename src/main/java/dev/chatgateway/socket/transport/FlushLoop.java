package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * State that the {@link NettyTransport}s of one event loop share: the transports to flush at the end of the current
 * task, and the encoded frames of batches with several receivers. Owned by the event loop.
 */
public final class FlushLoop {
    private static final byte[] CRLF = {'\r', '\n'};
    private static final int MAX_CHUNK_HEADER = 12;

    final ContextInternal context;
    final long closeMs;
    /**
     * An allocator of the event loop's own, as the adaptive one of Vert.x takes a tenth of the time of a fan-out.
     * Chunks have 1 MiB.
     */
    final ByteBufAllocator allocator = new PooledByteBufAllocator(true, 0, 1, 8192, 7, 256, 64, true);

    private final List<ChannelOutput> dirty = new ArrayList<>();
    private final SharedBuffers frames = new SharedBuffers();
    private final SharedBuffers deflated = new SharedBuffers();
    private final SharedBuffers chunks = new SharedBuffers();
    private final @Nullable Deflate deflate;
    /**
     * @param context context of the verticle that owns the sockets
     * @param closeMs milliseconds that a peer has to answer a close frame
     * @param deflate null if compression is off
     */
    public FlushLoop(Context context, long closeMs, @Nullable Deflate deflate) {
        this.deflate = deflate;
        this.context = (ContextInternal) context;
        this.closeMs = closeMs;
    }

    void scheduleFlush(ChannelOutput output) {
        if (dirty.isEmpty()) {
            context.nettyEventLoop().execute(this::flush);
        }
        dirty.add(output);
    }

    private void flush() {
        List<ChannelOutput> outputs = List.copyOf(dirty);
        List<ByteBuf> buffers = new ArrayList<>(frames.takeAll());
        buffers.addAll(deflated.takeAll());
        buffers.addAll(chunks.takeAll());
        dirty.clear();
        outputs.forEach(ChannelOutput::flush);
        buffers.forEach(ByteBuf::release);
    }

    /** Encodes the batch into one buffer, which this object owns until the end of the event loop task. */
    ByteBuf sharedFrames(FrameBatch batch) {
        return frames.get(batch, all -> {
            ByteBuf buffer = allocator.directBuffer(
                    all.size() + ServerFrames.MAX_HEADER_BYTES * all.frames().size());
            for (Frame frame : all.frames()) {
                ServerFrames.text(frame, buffer);
            }
            return buffer;
        });
    }

    /**
     * Like {@link #sharedFrames}, for transports with negotiated compression. A batch is deflated once for all its
     * receivers.
     */
    ByteBuf deflatedFrames(FrameBatch batch) {
        Deflate compressor = deflate;
        if (compressor == null || !compressor.isWorthwhile(batch)) {
            return sharedFrames(batch);
        }
        return deflated.get(batch, all -> {
            ByteBuf buffer = allocator.directBuffer(
                    all.size() + ServerFrames.MAX_HEADER_BYTES * all.frames().size());
            all.frames().forEach(frame -> compressor.write(frame, buffer));
            return buffer;
        });
    }

    /** Like {@link #sharedFrames}, as one chunk of HTTP/1.1. */
    ByteBuf sharedChunk(FrameBatch batch, Function<FrameBatch, byte[]> encoding) {
        return chunks.get(batch, all -> chunk(encoding.apply(all)));
    }

    /** One chunk of HTTP/1.1 (RFC 9112 section 7.1). */
    ByteBuf chunk(byte[] data) {
        ByteBuf buffer = allocator.directBuffer(data.length + MAX_CHUNK_HEADER);
        buffer.writeCharSequence(Integer.toHexString(data.length), StandardCharsets.US_ASCII);
        return buffer.writeBytes(CRLF).writeBytes(data).writeBytes(CRLF);
    }

    /** Decompression for a connection; null if compression is off. */
    @Nullable
    InboundFrames inboundFrames(boolean negotiated) {
        return deflate == null ? null : new InboundFrames(deflate, negotiated);
    }

    /** Frees native memory. No transport of the event loop may be used after it. */
    public void close() {
        if (deflate != null) {
            deflate.close();
        }
    }
}
