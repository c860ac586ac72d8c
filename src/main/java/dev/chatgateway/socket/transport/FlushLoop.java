package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * State that the {@link NettyTransport}s of one event loop share: the transports to flush at the end of the current
 * task, and the encoded frames of batches with several receivers. Owned by the event loop.
 */
public final class FlushLoop {
    final ContextInternal context;
    final long closeMs;
    /**
     * An allocator of the event loop's own, as the adaptive one of Vert.x takes a tenth of the time of a fan-out.
     * Chunks have 1 MiB.
     */
    final ByteBufAllocator allocator = new PooledByteBufAllocator(true, 0, 1, 8192, 7, 256, 64, true);

    private final List<NettyTransport> dirty = new ArrayList<>();
    private final Map<FrameBatch, ByteBuf> shared = new HashMap<>();
    private final Map<FrameBatch, ByteBuf> deflated = new HashMap<>();
    private final @Nullable Deflate deflate;
    /** The batch of the last call. The receivers of one batch ask for it one after another. */
    private @Nullable FrameBatch lastBatch;

    private @Nullable ByteBuf lastBuffer;

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

    void scheduleFlush(NettyTransport transport) {
        if (dirty.isEmpty()) {
            context.nettyEventLoop().execute(this::flush);
        }
        dirty.add(transport);
    }

    private void flush() {
        List<NettyTransport> transports = List.copyOf(dirty);
        List<ByteBuf> buffers = new ArrayList<>(shared.values());
        buffers.addAll(deflated.values());
        dirty.clear();
        shared.clear();
        deflated.clear();
        lastBatch = null;
        lastBuffer = null;
        transports.forEach(NettyTransport::flush);
        buffers.forEach(ByteBuf::release);
    }

    /** Encodes the batch into one buffer, which this object owns until the end of the event loop task. */
    @SuppressWarnings("ReferenceEquality") // batches are shared by identity
    ByteBuf sharedFrames(FrameBatch batch) {
        ByteBuf buffer = batch == lastBatch ? lastBuffer : shared.get(batch);
        if (buffer == null) {
            buffer = allocator.directBuffer(batch.size()
                    + ServerFrames.MAX_HEADER_BYTES * batch.frames().size());
            for (Frame frame : batch.frames()) {
                ServerFrames.text(frame, buffer);
            }
            shared.put(batch, buffer);
        }
        lastBatch = batch;
        lastBuffer = buffer;
        return buffer;
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
        return deflated.computeIfAbsent(batch, r -> {
            ByteBuf buffer = allocator.directBuffer(
                    r.size() + ServerFrames.MAX_HEADER_BYTES * r.frames().size());
            r.frames().forEach(frame -> compressor.write(frame, buffer));
            return buffer;
        });
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
