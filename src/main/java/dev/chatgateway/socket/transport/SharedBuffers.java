package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.FrameBatch;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Batches in one encoding, each encoded once for all its receivers. Owned by one event loop. */
final class SharedBuffers {
    private final Map<FrameBatch, ByteBuf> buffers = new HashMap<>();
    /** The batch of the last call. The receivers of one batch ask for it one after another. */
    private @Nullable FrameBatch lastBatch;

    private @Nullable ByteBuf lastBuffer;

    /** The encoded batch, which this object owns until {@link #takeAll}. */
    @SuppressWarnings("ReferenceEquality") // batches are shared by identity
    ByteBuf get(FrameBatch batch, Function<FrameBatch, ByteBuf> encode) {
        ByteBuf buffer = batch == lastBatch ? lastBuffer : buffers.get(batch);
        if (buffer == null) {
            buffer = encode.apply(batch);
            buffers.put(batch, buffer);
        }
        lastBatch = batch;
        lastBuffer = buffer;
        return buffer;
    }

    /** Forgets all batches. The caller must release the buffers. */
    List<ByteBuf> takeAll() {
        List<ByteBuf> all = new ArrayList<>(buffers.values());
        buffers.clear();
        lastBatch = null;
        lastBuffer = null;
        return all;
    }
}
