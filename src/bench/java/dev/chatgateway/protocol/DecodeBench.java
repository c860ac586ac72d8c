package dev.chatgateway.protocol;

import dev.chatgateway.bench.Requests;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Text of a WebSocket message to requests that are checked as such. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class DecodeBench {
    private final FrameDecoder decoder = new FrameDecoder(20, 32);

    @Param({"ping", "sendMessage", "batch"})
    public String request = "";

    private String text = "";

    @Setup
    public void make() {
        text = Requests.text(request);
    }

    @Benchmark
    public FrameDecoder.Decoded decode() {
        return decoder.decode(text);
    }
}
