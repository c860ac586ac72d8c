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
 * The pipeline of an upgraded socket without network, threads and time: {@link NettyTransport} behind the frame decoder
 * of Netty, and a listener that replies to each JSON-RPC request. A request whose method begins with {@code p} pauses
 * reading until the next bytes.
 */
final class EmbeddedTransport implements Transport.Listener {
    static final int LIMIT = 2_000;

    /** One for all tests, because its allocator is too expensive to create for each input. */
    private static final ThreadLocal<EmbeddedTransport> CURRENT = new ThreadLocal<>();

    private static final FlushLoop FLUSH_LOOP = new FlushLoop(context(), 5_000, null);

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final NettyTransport transport = new NettyTransport(FLUSH_LOOP, false);
    private final MessageAssembler assembler = new MessageAssembler(LIMIT);
    private final FrameDecoder decoder = new FrameDecoder(5, 8);
    private Throwable failure;
    private boolean paused;
    private boolean stalled;
    private boolean closed;
    int replies;
    int closes;
    int closeCode;
    boolean refused;

    EmbeddedTransport() {
        channel.config().setAllocator(allocator);
        channel.pipeline()
                .addLast(new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void flush(ChannelHandlerContext context) {
                        if (!stalled) {
                            context.flush();
                        }
                    }
                })
                .addLast(new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                        .maxFramePayloadLength(LIMIT)
                        .closeOnProtocolViolation(false)
                        .build()))
                .addLast(transport);
        transport.open(this);
    }

    private static ContextInternal context() {
        return (ContextInternal) Proxy.newProxyInstance(
                EmbeddedTransport.class.getClassLoader(),
                new Class<?>[] {ContextInternal.class},
                (proxy, method, args) -> {
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

    /** Receives bytes of the client. */
    void receive(byte[] from, int begin, int end) {
        CURRENT.set(this);
        if (channel.isActive()) {
            ByteBuf data = allocator.buffer(end - begin).writeBytes(from, begin, end - begin);
            channel.writeInbound(data);
        }
        channel.runPendingTasks();
        if (paused && channel.isActive()) {
            paused = false;
            transport.resume();
            channel.runPendingTasks();
        }
    }

    /** Stops or resumes reading by the client. */
    void setReading(boolean on) {
        stalled = !on;
        if (on) {
            CURRENT.set(this);
            channel.flush();
            channel.runPendingTasks();
        }
    }

    /** Bytes that the client has not read. */
    long pendingBytes() {
        return transport.pendingBytes();
    }

    /**
     * Disconnects the client.
     *
     * @return all bytes that it received
     */
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
        long leaked = allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
        if (leaked != 0) {
            throw new AssertionError(leaked + " bytes of inbound buffers were not released");
        }
        return out.toByteArray();
    }

    @Override
    public void frameReceived(Transport.Opcode opcode, boolean last, ByteBuffer data) {
        MessageAssembler.Outcome outcome = assembler.accept(opcode, last, data);
        if (outcome instanceof MessageAssembler.Outcome.Text text && !closed) {
            reply(decoder.decode(text.text()));
        } else if (outcome instanceof MessageAssembler.Outcome.Refused refusal && !closed) {
            closed = true;
            refused = true;
            transport.close(refusal.code().number(), refusal.code().token());
        }
    }

    private void reply(FrameDecoder.Decoded decoded) {
        for (FrameDecoder.Entry entry : decoded.entries()) {
            if (entry instanceof FrameDecoder.Entry.Bad bad) {
                write(FrameEncoder.error(bad.id(), bad.error()));
            } else if (entry instanceof FrameDecoder.Entry.Call call) {
                write(FrameEncoder.result(call.request().id(), call.request().params()));
                if (call.request().method().startsWith("p")) {
                    paused = true;
                    transport.pause();
                }
            }
        }
    }

    private void write(JsonObject message) {
        replies++;
        transport.write(Frame.of(message.encode()));
    }

    @Override
    public void closeStarted() {
        closed = true;
        refused = true;
    }

    @Override
    public void writable() {}

    @Override
    public void backlogged() {}

    @Override
    public void closed(int code) {
        closes++;
        closeCode = code;
    }
}
