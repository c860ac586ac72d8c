package dev.chatgateway.socket.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Output of one channel: buffers that other channels get too, and buffers of its own, with one flush for each event
 * loop task. Owned by the event loop of the channel.
 */
final class ChannelOutput {
    private final ChannelHandlerContext ctx;
    private final FlushLoop flushLoop;
    private final Owner owner;
    private final boolean directWrites;
    private @Nullable ByteBuf directBatch;
    private boolean dirty;

    /** Receives the events of the output. */
    interface Owner {
        /** The operating system did not accept all that was written in this event loop task. */
        void backlogged();
    }

    ChannelOutput(ChannelHandlerContext ctx, FlushLoop flushLoop, Owner owner) {
        this.ctx = ctx;
        this.flushLoop = flushLoop;
        this.owner = owner;
        directWrites = DirectWriter.supports(ctx.channel());
        SendBufferLimit.apply(ctx.channel());
    }

    /**
     * Writes a buffer of the {@link FlushLoop}, which releases it at the end of the event loop task. The only one of a
     * task, with no output before it, is kept for {@link DirectWriter}.
     */
    void writeShared(ByteBuf shared) {
        if (directWrites && !dirty && pendingBytes() == 0) {
            directBatch = shared;
        } else {
            writeDirectBatch();
            ctx.write(shared.retainedDuplicate(), ctx.voidPromise());
        }
        scheduleFlush();
    }

    /** Writes a buffer of this channel. */
    void write(ByteBuf buffer) {
        writeDirectBatch();
        ctx.write(buffer, ctx.voidPromise());
        scheduleFlush();
    }

    /** Writes a buffer of this channel and flushes at once. */
    void writeAndFlush(ByteBuf buffer) {
        writeDirectBatch();
        ctx.writeAndFlush(buffer, ctx.voidPromise());
    }

    /** Writes the last buffer of this channel and flushes at once. */
    ChannelFuture writeLast(ByteBuf buffer) {
        writeDirectBatch();
        return ctx.writeAndFlush(buffer);
    }

    /** Moves the kept batch to the outbound buffer, so that it precedes later writes. */
    private void writeDirectBatch() {
        ByteBuf first = directBatch;
        if (first != null) {
            directBatch = null;
            ctx.write(first.retainedDuplicate(), ctx.voidPromise());
        }
    }

    private void scheduleFlush() {
        if (!dirty) {
            dirty = true;
            flushLoop.scheduleFlush(this);
        }
    }

    /** Called at the end of the event loop task. The shared buffers are released after it. */
    void flush() {
        if (!dirty) {
            return;
        }
        dirty = false;
        if (!sentDirectly()) {
            ctx.flush();
            if (pendingBytes() > 0) {
                owner.backlogged();
            }
        }
    }

    private boolean sentDirectly() {
        ByteBuf batch = directBatch;
        if (batch == null) {
            return false;
        }
        directBatch = null;
        int rest = DirectWriter.write(ctx.channel(), batch);
        if (rest > 0) {
            ctx.write(batch.retainedSlice(batch.writerIndex() - rest, rest), ctx.voidPromise());
        }
        return rest == 0;
    }

    /** Writes what is kept, so that another writer of the channel can follow. */
    void finish() {
        writeDirectBatch();
        dirty = false;
        ctx.flush();
    }

    /** Drops what is kept, as the channel is closed. */
    void discard() {
        directBatch = null;
    }

    boolean isWritable() {
        return ctx.channel().isWritable();
    }

    /** Bytes that were written and that the operating system has not accepted. */
    long pendingBytes() {
        ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
        int held = directBatch == null ? 0 : directBatch.readableBytes();
        return buffer == null ? 0 : held + buffer.totalPendingWriteBytes() - buffer.currentProgress();
    }
}
