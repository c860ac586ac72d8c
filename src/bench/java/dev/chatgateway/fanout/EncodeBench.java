package dev.chatgateway.fanout;

import dev.chatgateway.bench.Samples;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.protocol.CursorCodec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** An event to its notification, cursor included: once per event and loop. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class EncodeBench {
    private final CursorCodec cursors = new CursorCodec(new byte[32], null);

    @Param({"message", "edit", "receipt", "typing"})
    public String event = "";

    private Item item = new Item(Samples.event("message"), Samples.position(Samples.START));

    @Setup
    public void make() {
        item = new Item(Samples.event(event), Samples.position(Samples.START));
    }

    @Benchmark
    public int encode() {
        return new EncodedEvent(item, cursors).frame(1234).size();
    }
}
