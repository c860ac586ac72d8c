package dev.chatgateway.poll;

import dev.chatgateway.bench.Samples;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.poll.diff.VersionWindow;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A page of the service compared with the window: once per poll. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class DiffBench {
    private final VersionWindow window = new VersionWindow();
    private final List<ChatMessage> page = new ArrayList<>();

    @Param({"20", "200"})
    public int messages;

    /** How many of them are edited or new. */
    @Param({"0", "5"})
    public int changed;

    @Setup
    public void fill() {
        for (int i = 0; i < messages; i++) {
            long id = Samples.START + 1000L * i;
            boolean isNew = i >= messages - changed / 2;
            boolean edited = i < changed - changed / 2;
            page.add(0, Samples.message(id, edited ? id + 500 : id));
            if (!isNew) {
                window.put(id, id);
            }
        }
        if (window.newStates(page).size() != changed) {
            throw new IllegalStateException(
                    "changes: " + window.newStates(page).size() + " (expected: " + changed + ")");
        }
    }

    @Benchmark
    public List<ChatMessage> diff() {
        return window.newStates(page);
    }
}
