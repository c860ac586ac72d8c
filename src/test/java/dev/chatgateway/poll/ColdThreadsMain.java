package dev.chatgateway.poll;

import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.Tokens;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Measures what a cold watched thread costs: heap, and CPU of scheduler, poller and ledger per call and in all. The
 * threads' rosters are shared, and so not counted. Arguments: threads (100000), users (200), digests (on or off), and anything
 * for a histogram.
 */
final class ColdThreadsMain {
    private static final long SETTLED_MS = 2_400_000;
    private static final long MEASURED_MS = 300_000;

    private ColdThreadsMain() {}

    public static void main(String[] args) throws Exception {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int users = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        boolean digests = args.length < 3 || !args[2].equals("off");
        Map<String, String> keys = Map.of("CHATGATEWAY_POLL_DIGESTTHREADS", digests ? "3" : "1000000");
        GatewayConfig.Poll config =
                new ConfigLoader().load(Optional.empty(), keys).config().poll();
        VirtualTime time = new VirtualTime(1_800_000_000_000L);
        List<UserToken> tokens = new ArrayList<>();
        for (int i = 0; i < users; i++) {
            tokens.add(Tokens.of("user" + i));
        }
        ColdThreads service = new ColdThreads(time, threads, tokens);
        long empty = heap();
        Poller poller = new Poller(new PollEnvironment(
                config,
                service,
                service,
                new Agenda(time),
                new Random(1),
                GatewayMetrics.unread(),
                new RefusalBreaker(),
                new Revisions(),
                new PollSlots(config.parallel()),
                update -> {},
                update -> {}));
        // Subscribers come within a quarter of an hour: each thread needs a call of its user's small window.
        Random random = new Random(2);
        for (int i = 0; i < threads; i++) {
            subscribe(time, poller, ColdThreads.id(i), tokens.get(i % users), random);
        }
        time.passUntil(time.now() + SETTLED_MS);
        long watched = heap();
        System.out.printf("%d threads of %d users watched, digests %s%n", poller.size(), users, digests);
        System.out.printf("heap: %d bytes per cold watched thread%n", (watched - empty) / threads);
        System.out.printf("ledger: %d scopes%n", service.ledger.size());
        if (args.length > 3) {
            histogram(threads);
        }
        measure(time, service);
        poller.close();
    }

    private static void subscribe(VirtualTime time, Poller poller, String threadId, UserToken user, Random random) {
        time.schedule(random.nextInt(900_000), () -> poller.watch(
                        new Watch(threadId, user.userId(), user, EventGroup.all(), null))
                .onFailure(refused -> subscribe(time, poller, threadId, user, random)));
    }

    private static void measure(VirtualTime time, ColdThreads service) {
        long calls = service.calls;
        long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        time.passUntil(time.now() + MEASURED_MS);
        cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
        calls = service.calls - calls;
        System.out.printf(
                "%d calls in %d s, %d refused by the ledger: %.1f us CPU per call, %.2f %% of a core%n",
                calls, MEASURED_MS / 1000, service.refused, cpu / 1e3 / calls, cpu / 1e4 / MEASURED_MS);
    }

    /** The classes that make the heap up, in bytes per thread. */
    private static void histogram(int threads) throws Exception {
        String text = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new javax.management.ObjectName("com.sun.management:type=DiagnosticCommand"),
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

    private static long heap() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
