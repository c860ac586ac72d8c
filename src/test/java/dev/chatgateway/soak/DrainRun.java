package dev.chatgateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
 * A node full of clients is drained onto another: {@code surefire:test@default-test -Dtest=DrainRun} beside a jar. How
 * evenly they come, what it costs the chat service, and whether anybody misses anything.
 */
class DrainRun {
    private static final int CLIENTS = Integer.getInteger("drain.clients", 5_000);
    private static final int THREADS = Integer.getInteger("drain.threads", 200);
    private static final int USERS = 40;
    private static final int WINDOW_SECONDS = 20;
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final long SAMPLE_MS = 250;
    private static final int SMOOTHED = 8;
    private static final double NEVER = 0.001;

    @RegisterExtension
    static final GatewayExtension SERVICE = new GatewayExtension();

    /** How they come over. */
    private record Arrival(int exit, double peak, double mean, Map<String, Double> calls) {}

    @Test
    void clients_come_evenly_and_miss_nothing() throws Exception {
        Arrival arrival = drain(5, Map.of());
        assertThat(arrival.exit).isZero();
        assertThat(arrival.peak).isLessThanOrEqualTo(2 * arrival.mean);
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
        assertThat(arrival.calls.get("listThreads")).isZero();
        assertThat(arrival.calls.get("listParticipants")).isLessThanOrEqualTo(THREADS);
        // One that resumes are answered from, one as the thread changes hands, and the sweep's.
        assertThat(arrival.calls.get("listMessages")).isLessThanOrEqualTo(3.0 * THREADS);
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

            CompletableFuture<Integer> end = CompletableFuture.supplyAsync(leaving::terminated);
            List<Double> taken = new ArrayList<>();
            long begun = System.nanoTime();
            scenario.until(LIMIT, () -> {
                long due = (System.nanoTime() - begun) / 1_000_000 / SAMPLE_MS;
                while (taken.size() < due) {
                    taken.add(scenario.metric("chatgateway_connections"));
                }
                return end.isDone() && scenario.subscribed() == CLIENTS;
            });
            Map<String, Double> after = calls(scenario);
            after.replaceAll((operation, count) -> count - before.getOrDefault(operation, 0.0));
            Arrival arrival = new Arrival(end.join(), peak(taken), mean(taken), after);
            System.out.printf(
                    "drain: %d clients of %d threads onto another node: %s, refused %d%n",
                    CLIENTS, THREADS, arrival, scenario.totals().errors.sum() - errors);
            assertThat(scenario.settle(Duration.ofMinutes(3)))
                    .as(scenario::toString)
                    .isEmpty();
            assertThat(scenario.faultsSeen()).isEmpty();
            System.out.println("drain: " + scenario);
            return arrival;
        }
    }

    /** Calls of the node that takes the clients, by operation. */
    private static Map<String, Double> calls(SoakScenario scenario) {
        Map<String, Double> calls = new TreeMap<>();
        for (String operation : List.of("listThreads", "listParticipants", "listMessages", "getThread")) {
            calls.put(operation, scenario.calls(Pattern.quote(operation)));
        }
        return calls;
    }

    /** The most that came within two seconds, per second. */
    private static double peak(List<Double> taken) {
        double peak = 0;
        for (int i = SMOOTHED; i < taken.size(); i++) {
            peak = Math.max(peak, taken.get(i) - taken.get(i - SMOOTHED));
        }
        return peak * 1_000 / (SMOOTHED * SAMPLE_MS);
    }

    /** Between the first tenth and the last of the clients. */
    private static double mean(List<Double> taken) {
        long samples = taken.stream()
                .filter(n -> n > CLIENTS * 0.1 && n < CLIENTS * 0.9)
                .count();
        return CLIENTS * 0.8 / Math.max(1, samples) * 1_000 / SAMPLE_MS;
    }
}
