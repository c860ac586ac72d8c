package dev.chatgateway.protocol;

import dev.chatgateway.bench.Samples;
import dev.chatgateway.event.Position;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A signed cursor: made for every event, read at every resume. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class CursorBench {
    private final CursorCodec codec = new CursorCodec(new byte[32], null);
    private final Position position = Samples.position(Samples.START);
    private final String cursor = codec.encode(Samples.THREAD, position);

    @Benchmark
    public String encode() {
        return codec.encode(Samples.THREAD, position);
    }

    @Benchmark
    public Cursor decode() {
        return codec.decode(Samples.THREAD, cursor);
    }
}
