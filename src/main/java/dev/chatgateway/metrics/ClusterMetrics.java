package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import java.util.List;
import java.util.function.DoubleSupplier;

/** Counts of a node of a cluster. Any thread. */
public final class ClusterMetrics {
    private static final MeterSpec NODES = MeterSpec.gauge(
            "cluster_nodes",
            "Nodes of the cluster as this one sees it, itself included; fewer than exist: the cluster is partitioned."
                    + " 0: a single node");
    private static final MeterSpec THREADS = MeterSpec.gauge(
            "cluster_threads",
            "Threads with subscribers on this node: `own`, it leads them; `follows`, another node does; `unread`, those of"
                    + " the latter whose leader is silent, so that this node polls them itself",
            Label.of("role", "own", "follows", "unread"));
    private static final MeterSpec MESSAGES = MeterSpec.counter(
            "cluster_messages_total",
            "Messages to other nodes, except heartbeats",
            Label.of(
                    "kind",
                    "interest",
                    "renewal",
                    "withdrawal",
                    "moved",
                    "forgotten",
                    "state",
                    "told",
                    "poked",
                    "typed",
                    "ingested",
                    "borrow",
                    "lent",
                    "repaid"));
    private static final MeterSpec BYTES = MeterSpec.counter("cluster_messages_bytes_total", "Size of those messages");

    private static final MeterSpec LEASES = MeterSpec.counter(
            "cluster_claims_total",
            "Changes of a thread's leader, as this node sees them: `taken`, it acquired the lease; `lost`, another node holds"
                    + " it; `handedOver` to a follower; `released`, because there is no follower",
            Label.of("change", "taken", "lost", "handedOver", "released"));
    private static final MeterSpec FALLBACKS = MeterSpec.counter(
            "cluster_fallback_polls_total",
            "Polls of threads that another node leads: `silent`, that node sent nothing; `unseen`, it did not send a local"
                    + " write within 2.5 s; `reach`, its subscribers see less of the history than those of this node",
            Label.of("reason", "silent", "unseen", "reach"));
    private static final MeterSpec PERMITS = MeterSpec.counter(
            "cluster_loans_total",
            "Permits for interactive calls that this node requested from the owner of a thread's quota, because its own part"
                    + " of the thread's windows was used up or it does not watch the thread: `granted`; `refused`, because"
                    + " the owner's part is used up too; `unanswered` in 250 ms, or not requested from a silent owner",
            Label.of("answer", "granted", "refused", "unanswered"));

    static final List<MeterSpec> ALL = List.of(NODES, THREADS, MESSAGES, BYTES, LEASES, FALLBACKS, PERMITS);

    private final Family<Counter> messages;
    private final Counter bytes;
    private final Family<Counter> leases;
    private final Family<Counter> fallbacks;
    private final Family<Counter> permits;
    private volatile DoubleSupplier nodes = () -> 0;
    private volatile DoubleSupplier own = () -> 0;
    private volatile DoubleSupplier followed = () -> 0;
    private volatile DoubleSupplier unread = () -> 0;

    ClusterMetrics(Meters meters) {
        meters.gauge(NODES, () -> nodes.getAsDouble());
        meters.gauge(THREADS, () -> own.getAsDouble(), "own");
        meters.gauge(THREADS, () -> followed.getAsDouble(), "follows");
        meters.gauge(THREADS, () -> unread.getAsDouble(), "unread");
        messages = meters.counters(MESSAGES);
        bytes = meters.counter(BYTES);
        leases = meters.counters(LEASES);
        fallbacks = meters.counters(FALLBACKS);
        permits = meters.counters(PERMITS);
    }

    /** Sets the source of the number of nodes, this one included. */
    public void nodes(DoubleSupplier all) {
        nodes = all;
    }

    /** Sets the sources of the numbers of threads: led here, followed, and followed while the leader is silent. */
    public void threads(DoubleSupplier led, DoubleSupplier follows, DoubleSupplier silent) {
        own = led;
        followed = follows;
        unread = silent;
    }

    /** Records a change of a thread's leader; the change is a word of a closed list. */
    public void leaseChanged(String change) {
        leases.of(change).increment();
    }

    /** Records a poll of a thread that another node leads. */
    public void fallback(String reason) {
        fallbacks.of(reason).increment();
    }

    /** Records a request for a remote permit; the answer is a word of a closed list. */
    public void permitRequested(String answer) {
        permits.of(answer).increment();
    }

    /** Records a message to another node. */
    public void sent(String kind, int size) {
        messages.of(kind).increment();
        bytes.increment(size);
    }
}
