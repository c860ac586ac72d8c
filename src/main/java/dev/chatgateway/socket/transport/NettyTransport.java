package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A socket taken over from Vert.x after the upgrade, as the last handler of its Netty pipeline. It does two things that
 * the WebSocket of Vert.x does not. A batch for many sockets is encoded once into one shared buffer, with one flush per
 * socket and event loop task; a flush per message costs four times the CPU. And an idle connection keeps none of the
 * HTTP and WebSocket objects of Vert.x.
 */
public final class NettyTransport extends ChannelInboundHandlerAdapter implements Transport, ChannelOutput.Owner {
    private static final int ABNORMAL_CLOSURE = 1006;

    private final FlushLoop flushLoop;
    private final @Nullable InboundFrames inbound;
    private final boolean deflate;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable ChannelOutput output;
    private @Nullable Listener listener;
    private @Nullable PausedFrames paused;
    private @Nullable ByteBuf pendingPong;
    private int closeCode = ABNORMAL_CLOSURE;
    private boolean closing;

    /** @param deflate whether permessage-deflate was negotiated */
    public NettyTransport(FlushLoop flushLoop, boolean deflate) {
        this.flushLoop = flushLoop;
        this.deflate = deflate;
        inbound = flushLoop.inboundFrames(deflate);
    }

    @Override
    public void open(Listener newListener) {
        listener = newListener;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        ctx = added;
        output = new ChannelOutput(added, flushLoop, this);
    }

    @Override
    public void write(FrameBatch batch) {
        output().writeShared(deflate ? flushLoop.deflatedFrames(batch) : flushLoop.sharedFrames(batch));
    }

    @Override
    public void write(Frame frame) {
        ByteBuf buffer = flushLoop.allocator.directBuffer(frame.size() + ServerFrames.MAX_HEADER_BYTES);
        ServerFrames.text(frame, buffer);
        output().write(buffer);
    }

    @Override
    public void ping() {
        output().writeAndFlush(ServerFrames.ping());
    }

    @Override
    public void backlogged() {
        listener().backlogged();
    }

    @Override
    public boolean isWritable() {
        return output().isWritable();
    }

    @Override
    public long pendingBytes() {
        return output().pendingBytes();
    }

    @Override
    public void close(int code, String reason) {
        if (!closing) {
            closeCode = code;
            closeFrame(code, reason);
        }
    }

    /**
     * Writes a close frame. The time limit also covers a peer that closes and reads nothing, to which the frame could
     * never be sent.
     */
    private ChannelFuture closeFrame(int code, String reason) {
        closing = true;
        ChannelFuture written = output().writeLast(ServerFrames.close(code, reason, flushLoop.allocator));
        SendBufferLimit.closeAfter(ctx(), flushLoop.closeMs, this::pendingBytes);
        return written;
    }

    @Override
    public void pause() {
        if (paused == null) {
            paused = new PausedFrames();
        }
        paused.pause();
        ctx().channel().config().setAutoRead(false);
    }

    @Override
    public void resume() {
        if (paused != null && paused.resume(this::receive)) {
            paused = null;
            ctx().channel().config().setAutoRead(true);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof WebSocketFrame frame)) {
            ReferenceCountUtil.release(message);
        } else if (paused != null) {
            paused.add(frame);
        } else {
            flushLoop.context.dispatch(frame, this::receive);
        }
    }

    private void receive(WebSocketFrame frame) {
        try {
            boolean extended = inbound != null && frame.rsv() != 0 && ServerFrames.opcode(frame) == Opcode.CONTROL;
            if (extended || (!closing && ServerFrames.hasInvalidCloseCode(frame))) {
                refuse(InboundFrames.PROTOCOL_ERROR);
                return;
            }
            if (frame instanceof CloseWebSocketFrame close) {
                closeReceived(close);
                return;
            }
            if (frame instanceof PingWebSocketFrame && !closing) {
                pong(frame.content());
            }
            if (!closing) {
                deliver(frame);
            }
        } finally {
            frame.release();
        }
    }

    private void deliver(WebSocketFrame frame) {
        if (inbound == null) {
            listener()
                    .frameReceived(
                            ServerFrames.opcode(frame),
                            frame.isFinalFragment(),
                            frame.content().nioBuffer());
        } else {
            inbound.accept(frame, listener()).ifPresent(this::refuse);
        }
    }

    /** Closes because the peer has broken the protocol. */
    private void refuse(int code) {
        if (!closing) {
            listener().closeStarted();
            close(code, "");
        }
    }

    /**
     * Answers a ping. While the peer does not read, only the newest pong is kept (RFC 6455 section 5.5.3); memory is
     * bounded so.
     */
    private void pong(ByteBuf data) {
        ByteBuf pong = ServerFrames.pong(data, flushLoop.allocator);
        if (isWritable()) {
            output().write(pong);
        } else {
            ReferenceCountUtil.release(pendingPong);
            pendingPong = pong;
        }
    }

    private void closeReceived(CloseWebSocketFrame frame) {
        if (closing) {
            ctx().close();
            return;
        }
        closeCode = frame.statusCode() == -1 ? ServerFrames.NO_STATUS : frame.statusCode();
        listener().closeStarted();
        closeFrame(closeCode, "").addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (isWritable() && !closing) {
            if (pendingPong != null) {
                output().write(pendingPong);
                pendingPong = null;
            }
            flushLoop.context.dispatch(v -> listener().writable());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        OptionalInt code = ServerFrames.closeCode(cause);
        if (code.isPresent()) {
            refuse(code.getAsInt());
        } else {
            // Usually a reset by the peer; channelInactive follows.
            context.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        closing = true;
        output().discard();
        if (paused != null) {
            paused.release();
        }
        ReferenceCountUtil.release(pendingPong);
        pendingPong = null;
        flushLoop.context.dispatch(v -> listener().closed(closeCode));
    }

    private Listener listener() {
        Listener current = listener;
        if (current == null) {
            throw new IllegalStateException("transport used before open()");
        }
        return current;
    }

    private ChannelOutput output() {
        ChannelOutput added = output;
        if (added == null) {
            throw new IllegalStateException("transport used before it was added to a pipeline");
        }
        return added;
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext added = ctx;
        if (added == null) {
            throw new IllegalStateException("transport used before it was added to a pipeline");
        }
        return added;
    }
}
