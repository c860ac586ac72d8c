package dev.chatgateway.poll;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.replication.ClusterContext;
import dev.chatgateway.simulation.VirtualTime;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.management.ObjectName;

/**
 * Measures what cold watched threads cost: heap of each, CPU of poller, digests and ledger in all, and CPU of one poll
 * that finds nothing. Arguments: threads (100000), users (200), and anything for a histogram.
 */
final class ColdThreadsMain {
    private static final long SETTLED_MS = 2_400_000;
    private static final long MEASURED_MS = 300_000;
    private static final int POLLED = 10_000;

    private ColdThreadsMain() {}

    public static void main(String[] args) throws Exception {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int users = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        polled(Math.min(threads, POLLED));
        watched(threads, users, args.length > 2);
        clustered(threads, users);
    }

    /** Two nodes that both have a subscriber for each thread: one reads, the other follows. */
    private static void clustered(int threads, int users) throws Exception {
        VirtualTime time = new VirtualTime(1_800_000_000_000L);
        FakeCluster cluster = new FakeCluster(time, new Random(1));
        List<ColdNode> nodes = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            ClusterContext place = Accounts.of(time::now).place(cluster.join(name));
            nodes.add(new ColdNode(threads, users, true, time, place));
        }
        long empty = ColdNode.heap();
        nodes.forEach(node -> node.subscribe(EventGroup.all()));
        nodes.get(0).pass(SETTLED_MS);
        long watched = ColdNode.heap();
        long subscribed = cluster.messages;
        nodes.get(0).pass(MEASURED_MS);
        System.out.printf(
                "two nodes of a cluster: %d bytes a node and thread, claims and interest included; %.2f messages to"
                        + " subscribe both, then %.1f a second%n",
                (watched - empty) / threads / 2,
                1.0 * subscribed / threads,
                (cluster.messages - subscribed) * 1_000.0 / MEASURED_MS);
        nodes.forEach(node -> node.poller.close());
    }

    /** Watched by digests, as silent threads are. */
    private static void watched(int threads, int users, boolean histogram) throws Exception {
        ColdNode node = new ColdNode(threads, users, true);
        long empty = ColdNode.heap();
        node.subscribe(EventGroup.all());
        node.pass(SETTLED_MS);
        long watched = ColdNode.heap();
        System.out.printf("%d threads of %d users watched by digests%n", node.poller.size(), users);
        System.out.printf("heap: %d bytes per cold watched thread%n", (watched - empty) / threads);
        System.out.printf("ledger: %d scopes%n", node.service.ledger.size());
        if (histogram) {
            histogram(threads);
        }
        long calls = node.service.calls;
        long cpu = node.pass(MEASURED_MS);
        System.out.printf(
                "%d calls in %d s: poller, digests and ledger take %.2f %% of a core%n",
                node.service.calls - calls, MEASURED_MS / 1000, cpu / 1e4 / MEASURED_MS);
        node.poller.close();
    }

    /** Polled one by one, messages only: schedule, ledger and comparison of a page of sixteen messages, without HTTP. */
    private static void polled(int threads) throws Exception {
        ColdNode node = new ColdNode(threads, 20, false);
        node.subscribe(Set.of(EventGroup.MESSAGES));
        node.pass(SETTLED_MS);
        long polls = node.service.listings;
        long cpu = node.pass(MEASURED_MS);
        polls = node.service.listings - polls;
        System.out.printf(
                "%d unchanged polls of %d threads: %d ns of CPU each, %.2f %% of a core%n",
                polls, threads, cpu / polls, cpu / 1e4 / MEASURED_MS);
        node.poller.close();
    }

    /** The classes that make the heap up, in bytes per thread. */
    private static void histogram(int threads) throws Exception {
        String text = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        text.lines()
                .skip(2)
                .limit(40)
                .map(line -> line.trim().split("\\s+"))
                .filter(c -> c.length > 3)
                .forEach(c -> System.out.printf(
                        "%6.1f bytes in %4.1f objects: %s%n",
                        Double.parseDouble(c[2]) / threads, Double.parseDouble(c[1]) / threads, c[3]));
    }
}
