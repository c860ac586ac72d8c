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

/** What the {@link NettyTransport}s of one event loop share: who must be flushed this turn, and frames that many get. */
public final class FlushLoop {
    final ContextInternal context;
    final long closeMs;
    /** Of the loop's own, as Vert.x's adaptive one takes a tenth of a fan-out's time; in chunks of 1 MiB. */
    final ByteBufAllocator allocator = new PooledByteBufAllocator(true, 0, 1, 8192, 7, 256, 64, true);

    private final List<NettyTransport> dirty = new ArrayList<>();
    private final Map<FrameBatch, ByteBuf> shared = new HashMap<>();
    private final Map<FrameBatch, ByteBuf> deflated = new HashMap<>();
    private final @Nullable Deflate deflate;
    /** The last one asked for, as an audience's receivers ask for the same one after the other. */
    private @Nullable FrameBatch last;

    private @Nullable ByteBuf lastShared;

    /**
     * @param context of the verticle that owns the sockets
     * @param closeMs how long a peer may take to answer a close
     * @param deflate null: nothing is ever deflated
     */
    public FlushLoop(Context context, long closeMs, @Nullable Deflate deflate) {
        this.deflate = deflate;
        this.context = (ContextInternal) context;
        this.closeMs = closeMs;
    }

    void dirty(NettyTransport wire) {
        if (dirty.isEmpty()) {
            context.nettyEventLoop().execute(this::flush);
        }
        dirty.add(wire);
    }

    private void flush() {
        List<NettyTransport> now = List.copyOf(dirty);
        List<ByteBuf> runs = new ArrayList<>(shared.values());
        runs.addAll(deflated.values());
        dirty.clear();
        shared.clear();
        deflated.clear();
        last = null;
        lastShared = null;
        now.forEach(NettyTransport::flush);
        runs.forEach(ByteBuf::release);
    }

    /** The run as frames in one buffer, which the loop owns until the end of the turn. */
    @SuppressWarnings("ReferenceEquality") // runs are shared by identity
    ByteBuf shared(FrameBatch run) {
        ByteBuf made = run == last ? lastShared : shared.get(run);
        if (made == null) {
            made = allocator.directBuffer(
                    run.size() + ServerFrames.HEADER * run.frames().size());
            for (Frame frame : run.frames()) {
                ServerFrames.text(frame, made);
            }
            shared.put(run, made);
        }
        last = run;
        lastShared = made;
        return made;
    }

    /** The same for those who agreed to deflated messages: deflated once for all that it goes to in a turn. */
    ByteBuf deflated(FrameBatch run) {
        Deflate by = deflate;
        if (by == null || !by.worth(run)) {
            return shared(run);
        }
        return deflated.computeIfAbsent(run, r -> {
            ByteBuf made = allocator.directBuffer(
                    r.size() + ServerFrames.HEADER * r.frames().size());
            r.frames().forEach(frame -> by.write(frame, made));
            return made;
        });
    }

    /** What looks at the frames of a connection on their way in; null where nothing is ever deflated. */
    @Nullable
    InboundFrames inbound(boolean agreed) {
        return deflate == null ? null : new InboundFrames(deflate, agreed);
    }

    /** Gives back what the loop holds; no wire may be used any more. */
    public void close() {
        if (deflate != null) {
            deflate.close();
        }
    }
}
