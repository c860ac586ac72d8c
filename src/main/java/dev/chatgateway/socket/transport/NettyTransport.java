package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A socket taken over from Vert.x after the upgrade, as the last handler of its Netty pipeline. It is here for two things
 * that Vert.x's own does not do: what many sockets get is encoded once into complete frames in one shared buffer, with
 * one flush per socket and turn of the loop (a flush per message costs four times the CPU); and nothing of Vert.x's HTTP
 * and WebSocket objects stays with an idle connection.
 */
public final class NettyTransport extends ChannelInboundHandlerAdapter implements Transport {
    private static final int NO_CLOSE = 1006;

    private final FlushLoop loop;
    private final @Nullable InboundFrames inbound;
    private final boolean deflates;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable User user;
    private @Nullable PausedFrames unread;
    private @Nullable ByteBuf owed;
    private @Nullable ByteBuf alone;
    private int code = NO_CLOSE;
    private boolean direct;
    private boolean dirty;
    private boolean closing;

    /** @param deflates whether the peer agreed to deflated messages */
    public NettyTransport(FlushLoop loop, boolean deflates) {
        this.loop = loop;
        this.deflates = deflates;
        inbound = loop.inbound(deflates);
    }

    @Override
    public void open(User teller) {
        user = teller;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        direct = DirectWriter.possible(added.channel());
        SendBufferLimit.bound(added.channel());
    }

    /** One run alone in a turn, with nothing before it, is held here for {@link DirectWriter}. */
    @Override
    public void write(FrameBatch run) {
        ByteBuf shared = deflates ? loop.deflated(run) : loop.shared(run);
        if (direct && !dirty && waiting() == 0) {
            alone = shared;
        } else {
            behindAlone();
            ctx().write(shared.retainedDuplicate(), ctx().voidPromise());
        }
        written();
    }

    /** What is held goes first. */
    private void behindAlone() {
        ByteBuf first = alone;
        if (first != null) {
            alone = null;
            ctx().write(first.retainedDuplicate(), ctx().voidPromise());
        }
    }

    @Override
    public void write(Frame frame) {
        behindAlone();
        ChannelHandlerContext to = ctx();
        ByteBuf buffer = loop.allocator.directBuffer(frame.size() + ServerFrames.HEADER);
        ServerFrames.text(frame, buffer);
        to.write(buffer, to.voidPromise());
        written();
    }

    @Override
    public void ping() {
        behindAlone();
        ctx().writeAndFlush(ServerFrames.ping(), ctx().voidPromise());
    }

    private void written() {
        if (!dirty) {
            dirty = true;
            loop.dirty(this);
        }
    }

    /** The end of a turn. Afterwards the buffers of the turn's runs are no longer the loop's. */
    void flush() {
        dirty = false;
        if (!wroteAlone()) {
            ctx().flush();
            if (waiting() > 0) {
                user().behind();
            }
        }
    }

    private boolean wroteAlone() {
        ByteBuf run = alone;
        if (run == null) {
            return false;
        }
        alone = null;
        int rest = DirectWriter.write(ctx().channel(), run);
        if (rest > 0) {
            ctx().write(run.retainedSlice(run.writerIndex() - rest, rest), ctx().voidPromise());
        }
        return rest == 0;
    }

    @Override
    public boolean writable() {
        return ctx().channel().isWritable();
    }

    @Override
    public long waiting() {
        ChannelOutboundBuffer buffer = ctx().channel().unsafe().outboundBuffer();
        int held = alone == null ? 0 : alone.readableBytes();
        return buffer == null ? 0 : held + buffer.totalPendingWriteBytes() - buffer.currentProgress();
    }

    @Override
    public void close(int number, String reason) {
        if (!closing) {
            code = number;
            closeFrame(number, reason);
        }
    }

    /** The time limit holds also for a peer that closes and reads nothing: its frame would never leave. */
    private ChannelFuture closeFrame(int number, String reason) {
        closing = true;
        behindAlone();
        ChannelFuture written = ctx().writeAndFlush(ServerFrames.close(number, reason, loop.allocator));
        SendBufferLimit.closeIn(ctx(), loop.closeMs, this::waiting);
        return written;
    }

    @Override
    public void pause() {
        if (unread == null) {
            unread = new PausedFrames();
        }
        unread.pause();
        ctx().channel().config().setAutoRead(false);
    }

    @Override
    public void resume() {
        if (unread != null && unread.resume(this::take)) {
            unread = null;
            ctx().channel().config().setAutoRead(true);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (!(message instanceof WebSocketFrame frame)) {
            ReferenceCountUtil.release(message);
        } else if (unread != null) {
            unread.add(frame);
        } else {
            loop.context.dispatch(frame, this::take);
        }
    }

    private void take(WebSocketFrame frame) {
        try {
            boolean extended = inbound != null && frame.rsv() != 0 && ServerFrames.opcode(frame) == Opcode.CONTROL;
            if (extended || (!closing && ServerFrames.unlawful(frame))) {
                refuse(InboundFrames.PROTOCOL_ERROR);
                return;
            }
            if (frame instanceof CloseWebSocketFrame close) {
                closed(close);
                return;
            }
            if (frame instanceof PingWebSocketFrame && !closing) {
                pong(frame.content());
            }
            if (!closing) {
                data(frame);
            }
        } finally {
            frame.release();
        }
    }

    private void data(WebSocketFrame frame) {
        if (inbound == null) {
            user().frame(
                            ServerFrames.opcode(frame),
                            frame.isFinalFragment(),
                            frame.content().nioBuffer());
        } else {
            inbound.take(frame, user()).ifPresent(this::refuse);
        }
    }

    /** The peer has broken the protocol. */
    private void refuse(int number) {
        if (!closing) {
            user().closing();
            close(number, "");
        }
    }

    /** A peer that reads no pongs is owed the newest only (RFC 6455 section 5.5.3), or they would take all memory. */
    private void pong(ByteBuf data) {
        ByteBuf pong = ServerFrames.pong(data, loop.allocator);
        if (writable()) {
            behindAlone();
            ctx().write(pong, ctx().voidPromise());
            written();
        } else {
            ReferenceCountUtil.release(owed);
            owed = pong;
        }
    }

    private void closed(CloseWebSocketFrame frame) {
        if (closing) {
            ctx().close();
            return;
        }
        code = frame.statusCode() == -1 ? ServerFrames.NO_STATUS : frame.statusCode();
        user().closing();
        closeFrame(code, "").addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        if (writable() && !closing) {
            if (owed != null) {
                ctx().write(owed, ctx().voidPromise());
                owed = null;
                written();
            }
            loop.context.dispatch(v -> user().drained());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        OptionalInt number = ServerFrames.closeCode(cause);
        if (number.isPresent()) {
            refuse(number.getAsInt());
        } else {
            // A reset, most of the time; the end follows as channelInactive.
            from.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        closing = true;
        alone = null;
        if (unread != null) {
            unread.release();
        }
        ReferenceCountUtil.release(owed);
        owed = null;
        loop.context.dispatch(v -> user().ended(code));
    }

    private User user() {
        User teller = user;
        if (teller == null) {
            throw new IllegalStateException("wire used before it was opened");
        }
        return teller;
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext added = ctx;
        if (added == null) {
            throw new IllegalStateException("wire used before its pipeline");
        }
        return added;
    }
}
