package dev.chatgateway.socket;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.protocol.FrameDecoder;
import dev.chatgateway.protocol.FrameEncoder;
import dev.chatgateway.socket.connection.MessageAssembler;
import dev.chatgateway.socket.transport.FlushLoop;
import dev.chatgateway.socket.transport.NettyTransport;
import dev.chatgateway.socket.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.vertx.core.Handler;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;

/**
 * The pipeline of a socket from bytes to JSON-RPC and back, as it is after the upgrade, without network, threads and
 * time: {@link NettyTransport} behind Netty's decoder, and a peer that answers each request. Requests whose method begins with
 * a {@code p} pause the reading until the next bytes.
 */
final class EmbeddedTransport implements Transport.User {
    static final int LIMIT = 2_000;

    /** The loop of all, as it has an allocator of its own that is too dear for one input. */
    private static final ThreadLocal<EmbeddedTransport> CURRENT = new ThreadLocal<>();

    private static final FlushLoop LOOP = new FlushLoop(context(), 5_000, null);

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final NettyTransport wire = new NettyTransport(LOOP, false);
    private final MessageAssembler assembler = new MessageAssembler(LIMIT);
    private final FrameDecoder decoder = new FrameDecoder(5, 8);
    private Throwable failure;
    private boolean paused;
    private boolean stalled;
    private boolean closed;
    int answers;
    int ends;
    int endCode;
    boolean refused;

    EmbeddedTransport() {
        channel.config().setAllocator(allocator);
        channel.pipeline()
                .addLast(new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void flush(ChannelHandlerContext from) {
                        if (!stalled) {
                            from.flush();
                        }
                    }
                })
                .addLast(new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                        .maxFramePayloadLength(LIMIT)
                        .closeOnProtocolViolation(false)
                        .build()))
                .addLast(wire);
        wire.open(this);
    }

    private static ContextInternal context() {
        return (ContextInternal) Proxy.newProxyInstance(
                EmbeddedTransport.class.getClassLoader(), new Class<?>[] {ContextInternal.class}, (proxy, method, args) -> {
                    switch (method.getName()) {
                        case "nettyEventLoop":
                            return CURRENT.get().channel.eventLoop();
                        case "dispatch":
                            CURRENT.get().dispatch(args);
                            return null;
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
    }

    @SuppressWarnings("unchecked")
    private void dispatch(Object[] args) {
        try {
            ((Handler<Object>) args[args.length - 1]).handle(args.length == 1 ? null : args[0]);
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    /** Bytes of the client. */
    void bytes(byte[] from, int begin, int end) {
        CURRENT.set(this);
        if (channel.isActive()) {
            ByteBuf data = allocator.buffer(end - begin).writeBytes(from, begin, end - begin);
            channel.writeInbound(data);
        }
        channel.runPendingTasks();
        if (paused && channel.isActive()) {
            paused = false;
            wire.resume();
            channel.runPendingTasks();
        }
    }

    /** The client reads nothing more, or reads on. */
    void reading(boolean on) {
        stalled = !on;
        if (on) {
            CURRENT.set(this);
            channel.flush();
            channel.runPendingTasks();
        }
    }

    /** Bytes that the client has not read. */
    long waiting() {
        return wire.waiting();
    }

    /** The client is gone; all that it got. */
    byte[] end() throws IOException {
        CURRENT.set(this);
        channel.finish();
        channel.runPendingTasks();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ByteBuf data = channel.readOutbound(); data != null; data = channel.readOutbound()) {
            data.readBytes(out, data.readableBytes());
            data.release();
        }
        if (failure != null) {
            throw new AssertionError("thrown on the event loop", failure);
        }
        long left = allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
        if (left != 0) {
            throw new AssertionError(left + " bytes of what came in were not given back");
        }
        return out.toByteArray();
    }

    @Override
    public void frame(Transport.Opcode opcode, boolean last, ByteBuffer data) {
        MessageAssembler.Outcome outcome = assembler.take(opcode, last, data);
        if (outcome instanceof MessageAssembler.Outcome.Text text && !closed) {
            answer(decoder.decode(text.text()));
        } else if (outcome instanceof MessageAssembler.Outcome.Refused no && !closed) {
            closed = true;
            refused = true;
            wire.close(no.code().number(), no.code().token());
        }
    }

    private void answer(FrameDecoder.Decoded decoded) {
        for (FrameDecoder.Entry entry : decoded.entries()) {
            if (entry instanceof FrameDecoder.Entry.Bad bad) {
                write(FrameEncoder.error(bad.id(), bad.error()));
            } else if (entry instanceof FrameDecoder.Entry.Call call) {
                write(FrameEncoder.result(call.request().id(), call.request().params()));
                if (call.request().method().startsWith("p")) {
                    paused = true;
                    wire.pause();
                }
            }
        }
    }

    private void write(JsonObject answer) {
        answers++;
        wire.write(Frame.of(answer.encode()));
    }

    @Override
    public void closing() {
        closed = true;
        refused = true;
    }

    @Override
    public void drained() {}

    @Override
    public void behind() {}

    @Override
    public void ended(int code) {
        ends++;
        endCode = code;
    }
}
