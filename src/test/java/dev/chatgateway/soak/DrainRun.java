package dev.chatgateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A node full of clients is drained onto another: {@code mvn -Psoak surefire:test@soak -Dtest=DrainRun} beside a jar. How
 * evenly they come, what it costs the chat service, and whether anybody misses anything.
 */
class DrainRun {
    private static final int CLIENTS = Integer.getInteger("drain.clients", 5_000);
    private static final int THREADS = Integer.getInteger("drain.threads", 200);
    private static final int USERS = 40;
    private static final int WINDOW_SECONDS = 20;
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration PEAK = Duration.ofSeconds(2);
    private static final double NEVER = 0.001;

    @RegisterExtension
    static final GatewayExtension SERVICE = new GatewayExtension();

    /** How they come over. */
    private record Arrival(Rate attempts, Rate openings, Map<String, Double> calls) {}

    /**
     * @param peak the most within two seconds, per second
     * @param mean per second, from the first to the last
     */
    private record Rate(int count, double peak, double mean) {
        static Rate of(Collection<Long> moments) {
            long[] sorted = moments.stream().mapToLong(Long::longValue).sorted().toArray();
            int most = 0;
            int first = 0;
            for (int last = 0; last < sorted.length; last++) {
                while (sorted[last] - sorted[first] > PEAK.toNanos()) {
                    first++;
                }
                most = Math.max(most, last - first + 1);
            }
            double seconds = (sorted[sorted.length - 1] - sorted[0]) / 1e9;
            return new Rate(sorted.length, (double) most / PEAK.toSeconds(), sorted.length / seconds);
        }

        boolean even() {
            return peak <= 2 * mean;
        }
    }

    @Test
    void clients_come_evenly_and_miss_nothing() throws Exception {
        Arrival arrival = drain(5, Map.of());
        assertThat(List.of(arrival.attempts, arrival.openings)).allMatch(Rate::even);
    }

    /** Nobody writes and the poller's own readings are put off, so that what is left is what the clients cost. */
    @Test
    void a_thread_costs_a_roster_and_a_listing_and_a_token_nothing() throws Exception {
        Arrival arrival = drain(
                NEVER,
                Map.of(
                        "POLL_HOTMS", "60000",
                        "POLL_WARMMS", "600000",
                        "POLL_COLDMS", "600000",
                        "POLL_DIGESTTHREADS", "1000000",
                        "POLL_AUDITSECONDS", "0"));
        assertThat(List.of(arrival.attempts, arrival.openings)).allMatch(Rate::even);
        assertThat(arrival.calls.get("listThreads")).isZero();
        assertThat(arrival.calls.get("listParticipants")).isLessThanOrEqualTo(THREADS);
        // Readings of the poller's all: one that those who resume are answered from, one as the thread changes hands.
        assertThat(arrival.calls.get("listMessages"))
                .isLessThanOrEqualTo(2.0 * THREADS)
                .isEqualTo(arrival.calls.get("readings"));
    }

    private static Arrival drain(double writesPerSecond, Map<String, String> more) throws Exception {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("PROCESS_RECONNECTSECONDS", Integer.toString(WINDOW_SECONDS));
        List<SoakScenario.Site> open = new CopyOnWriteArrayList<>();
        try (NodeFarm farm = new NodeFarm(SERVICE, Path.of("target/drain"), 2, settings);
                SoakScenario scenario = new SoakScenario(SERVICE, 5, () -> open)) {
            NodeProcess leaving = farm.start();
            open.add(leaving.site());
            scenario.prepare(USERS, THREADS);
            scenario.stay();
            scenario.run(CLIENTS, writesPerSecond);
            scenario.stay();
            scenario.until(LIMIT, () -> scenario.subscribed() == CLIENTS);
            NodeProcess taking = farm.start();
            open.add(taking.site());
            open.remove(0);
            long errors = scenario.totals().errors.sum();
            Map<String, Double> before = calls(scenario);

            scenario.totals().openings.clear();
            scenario.totals().attempts.clear();
            CompletableFuture<Integer> end = CompletableFuture.supplyAsync(leaving::terminated);
            scenario.until(LIMIT, () -> end.isDone() && scenario.subscribed() == CLIENTS);
            Map<String, Double> after = calls(scenario);
            after.replaceAll((operation, count) -> count - before.getOrDefault(operation, 0.0));
            Arrival arrival =
                    new Arrival(Rate.of(scenario.totals().attempts), Rate.of(scenario.totals().openings), after);
            System.out.printf(
                    "drain: %d clients of %d threads onto another node: %s, refused %d%n",
                    CLIENTS, THREADS, arrival, scenario.totals().errors.sum() - errors);
            assertThat(end.join()).as("exit status").isZero();
            assertThat(scenario.settle(Duration.ofMinutes(3)))
                    .as(scenario::toString)
                    .isEmpty();
            assertThat(scenario.faultsSeen()).isEmpty();
            System.out.println("drain: " + scenario);
            return arrival;
        }
    }

    /** Calls of the node that takes the clients, by operation, and the poller's readings of threads. */
    private static Map<String, Double> calls(SoakScenario scenario) {
        Map<String, Double> calls = new TreeMap<>();
        for (String operation : List.of("listThreads", "listParticipants", "listMessages", "getThread")) {
            calls.put(operation, scenario.calls(Pattern.quote(operation)));
        }
        calls.put("readings", scenario.metric("chatgateway_polls_total\\{outcome=\"(?:un)?changed\"\\}"));
        return calls;
    }
}
