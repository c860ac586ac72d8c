package dev.chatgateway.socket.transport;

import dev.chatgateway.bench.Samples;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.socket.connection.MessageAssembler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Encoding of a text frame, once per batch and event loop, and assembly of a message, once per message of a client. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class FrameBench {
    private final String notification = "{\"jsonrpc\":\"2.0\",\"params\":\"" + "x".repeat(700) + "\"}";
    private final Frame frame = new Frame(Frame.Kind.EVENT, Samples.THREAD, 7, "message 1", "cursor", notification);
    private final ByteBuf buffer = Unpooled.directBuffer(4096);
    private final byte[] request =
            dev.chatgateway.bench.Requests.text("sendMessage").getBytes(StandardCharsets.UTF_8);
    private final MessageAssembler assembler = new MessageAssembler(65_536);

    @Benchmark
    public int encode() {
        buffer.clear();
        ServerFrames.text(frame, buffer);
        return buffer.writerIndex();
    }

    @Benchmark
    public MessageAssembler.Outcome assemble() {
        return assembler.accept(Transport.Opcode.TEXT, true, ByteBuffer.wrap(request));
    }

    @TearDown
    public void release() {
        buffer.release();
    }
}
