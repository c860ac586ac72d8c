package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import java.util.List;
import java.util.function.DoubleSupplier;

/** What a node of a cluster counts. Any thread. */
public final class ClusterMetrics {
    private static final MeterSpec THREADS = MeterSpec.gauge(
            "cluster_threads",
            "Threads watched here: `own` read by this node, `follows` by others; `unread` are those of them whose node is"
                    + " silent, so that this one reads for itself",
            Label.of("role", "own", "follows", "unread"));
    private static final MeterSpec MESSAGES = MeterSpec.counter(
            "cluster_messages_total",
            "Messages to other nodes, beats aside",
            Label.of(
                    "kind",
                    "interest",
                    "renewal",
                    "withdrawal",
                    "moved",
                    "state",
                    "told",
                    "poked",
                    "typed",
                    "ingested"));
    private static final MeterSpec BYTES = MeterSpec.counter("cluster_messages_bytes_total", "Their size");

    static final List<MeterSpec> ALL = List.of(THREADS, MESSAGES, BYTES);

    private final Family<Counter> messages;
    private final Counter bytes;
    private volatile DoubleSupplier own = () -> 0;
    private volatile DoubleSupplier followed = () -> 0;
    private volatile DoubleSupplier unread = () -> 0;

    ClusterMetrics(Meters meters) {
        meters.gauge(THREADS, () -> own.getAsDouble(), "own");
        meters.gauge(THREADS, () -> followed.getAsDouble(), "follows");
        meters.gauge(THREADS, () -> unread.getAsDouble(), "unread");
        messages = meters.counters(MESSAGES);
        bytes = meters.counter(BYTES);
    }

    /** How many threads this node reads, how many others read for it, and of these how many while they are silent. */
    public void threads(DoubleSupplier mine, DoubleSupplier others, DoubleSupplier silent) {
        own = mine;
        followed = others;
        unread = silent;
    }

    /** A message went to another node. */
    public void sent(String kind, int size) {
        messages.of(kind).increment();
        bytes.increment(size);
    }
}
