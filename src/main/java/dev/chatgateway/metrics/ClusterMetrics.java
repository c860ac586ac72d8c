package dev.chatgateway.metrics;

import dev.chatgateway.metrics.MeterSpec.Label;
import io.micrometer.core.instrument.Counter;
import java.util.List;
import java.util.function.DoubleSupplier;

/** What a node of a cluster counts. Any thread. */
public final class ClusterMetrics {
    private static final MeterSpec NODES = MeterSpec.gauge(
            "cluster_nodes",
            "Nodes of the cluster as this one sees it, itself among them: fewer than there are means that it has fallen apart."
                    + " 0: a single node");
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
                    "forgotten",
                    "state",
                    "told",
                    "poked",
                    "typed",
                    "ingested",
                    "borrow",
                    "lent",
                    "repaid"));
    private static final MeterSpec BYTES = MeterSpec.counter("cluster_messages_bytes_total", "Their size");

    private static final MeterSpec CLAIMS = MeterSpec.counter(
            "cluster_claims_total",
            "Changes of who reads a thread, as this node sees them: `taken` by it, `lost` to another that the claims name,"
                    + " `handedOver` to a follower, `released` as nobody follows",
            Label.of("change", "taken", "lost", "handedOver", "released"));
    private static final MeterSpec FALLBACKS = MeterSpec.counter(
            "cluster_fallback_polls_total",
            "Readings of threads that another node reads: `silent`, it was not heard; `unseen`, a write had not come from it"
                    + " in 2.5 s; `reach`, its subscribers see less of the history than those here",
            Label.of("reason", "silent", "unseen", "reach"));
    private static final MeterSpec PERMITS = MeterSpec.counter(
            "cluster_loans_total",
            "Permits for interactive calls that this node requested from the owner of a thread's quota, as its own part of"
                    + " the thread's windows was used up: `granted`; `refused`, as the owner's is too; `unanswered` in 250 ms",
            Label.of("answer", "granted", "refused", "unanswered"));

    static final List<MeterSpec> ALL = List.of(NODES, THREADS, MESSAGES, BYTES, CLAIMS, FALLBACKS, PERMITS);

    private final Family<Counter> messages;
    private final Counter bytes;
    private final Family<Counter> claims;
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
        claims = meters.counters(CLAIMS);
        fallbacks = meters.counters(FALLBACKS);
        permits = meters.counters(PERMITS);
    }

    /** How many nodes there are, this one among them. */
    public void nodes(DoubleSupplier all) {
        nodes = all;
    }

    /** How many threads this node reads, how many others read for it, and of these how many while they are silent. */
    public void threads(DoubleSupplier mine, DoubleSupplier others, DoubleSupplier silent) {
        own = mine;
        followed = others;
        unread = silent;
    }

    /** Another node reads a thread from now on, or this one; the change is a word of a closed list. */
    public void claim(String change) {
        claims.of(change).increment();
    }

    /** This node reads a thread that is another's. */
    public void fallback(String reason) {
        fallbacks.of(reason).increment();
    }

    /** Another node was asked for a permit; the answer is a word of a closed list. */
    public void permit(String answer) {
        permits.of(answer).increment();
    }

    /** A message went to another node. */
    public void sent(String kind, int size) {
        messages.of(kind).increment();
        bytes.increment(size);
    }
}
