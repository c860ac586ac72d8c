package dev.chatgateway.metrics;

import dev.chatgateway.event.ChatEvent;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What counting costs: {@code delivered} and {@code lag} once per event and loop, {@code request} once per request. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class MetricsBench {
    private final GatewayMetrics metrics = GatewayMetrics.unread();

    @Benchmark
    public void delivered() {
        metrics.fanout().delivered(ChatEvent.Type.MESSAGE_RECEIVED, 1000);
        metrics.fanout().lag(0, 6, 12);
    }

    @Benchmark
    public void request() {
        metrics.sockets().request("sendMessage", "ok", 1_234_567);
    }
}
