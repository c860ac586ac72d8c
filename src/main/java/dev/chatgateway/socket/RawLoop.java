package dev.chatgateway.socket;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameRun;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the {@link RawWire}s of one event loop share: who must be flushed this turn, and frames that many get. */
final class RawLoop {
    final ContextInternal context;
    final long closeMs;
    /** Of the loop's own, as Vert.x's adaptive one takes a tenth of a fan-out's time; in chunks of 1 MiB. */
    final ByteBufAllocator allocator = new PooledByteBufAllocator(true, 0, 1, 8192, 7, 256, 64, true);

    private final List<RawWire> dirty = new ArrayList<>();
    private final Map<FrameRun, ByteBuf> shared = new HashMap<>();

    /**
     * @param context of the verticle that owns the sockets
     * @param closeMs how long a peer may take to answer a close
     */
    RawLoop(Context context, long closeMs) {
        this.context = (ContextInternal) context;
        this.closeMs = closeMs;
    }

    void dirty(RawWire wire) {
        if (dirty.isEmpty()) {
            context.nettyEventLoop().execute(this::flush);
        }
        dirty.add(wire);
    }

    private void flush() {
        List<RawWire> now = List.copyOf(dirty);
        List<ByteBuf> runs = List.copyOf(shared.values());
        dirty.clear();
        shared.clear();
        now.forEach(RawWire::flush);
        runs.forEach(ByteBuf::release);
    }

    /** The run as frames in one buffer, which the loop owns until the end of the turn. */
    ByteBuf shared(FrameRun run) {
        ByteBuf made = shared.get(run);
        if (made == null) {
            made = allocator.directBuffer(
                    run.size() + RawFrames.HEADER * run.frames().size());
            for (Frame frame : run.frames()) {
                RawFrames.text(frame, made);
            }
            shared.put(run, made);
        }
        return made;
    }
}
