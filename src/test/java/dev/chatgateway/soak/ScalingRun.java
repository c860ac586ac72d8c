package dev.chatgateway.soak;

import dev.chatgateway.testing.GatewayExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.HdrHistogram.ConcurrentHistogram;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The same load on one, two and three nodes: what crossing costs. {@code mvn -Psoak surefire:test@soak -Dtest=ScalingRun}
 * beside a jar; docs/scaling.md has its figures.
 */
class ScalingRun {
    private static final int CLIENTS = Integer.getInteger("scaling.clients", 2_000);
    private static final int THREADS = Integer.getInteger("scaling.threads", 200);
    private static final double WRITES_PER_SECOND = 40;
    private static final int USERS = 40;
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration MEASURED = Duration.ofSeconds(60);

    @RegisterExtension
    static final GatewayExtension SERVICE = new GatewayExtension().with("embedded.rateLimits", "off");

    @TestFactory
    Stream<DynamicTest> the_same_load_on_more_nodes() {
        return Stream.of(1, 2, 3).map(nodes -> DynamicTest.dynamicTest(nodes + " nodes", () -> measure(nodes)));
    }

    private static void measure(int count) throws Exception {
        try (NodeFarm farm = new NodeFarm(SERVICE, Path.of("target/scaling" + count), count, Map.of());
                SoakScenario scenario = new SoakScenario(SERVICE, 9, farm::sites)) {
            for (int i = 0; i < count; i++) {
                farm.start();
            }
            scenario.prepare(USERS, THREADS);
            scenario.stay();
            scenario.run(CLIENTS, WRITES_PER_SECOND);
            scenario.stay();
            scenario.until(LIMIT, () -> scenario.subscribed() == CLIENTS);
            double subscribing = messages(scenario);
            double bytes = bytes(scenario);
            double claims = scenario.metric("chatgateway_cluster_claims_total\\{change=\"taken\"\\}");
            scenario.during(Duration.ofSeconds(20));

            double cpu = farm.cpuSeconds();
            double sent = messages(scenario);
            double sentBytes = bytes(scenario);
            long events = scenario.totals().events.sum();
            double calls = scenario.calls("\\w+");
            scenario.totals().lags.reset();
            scenario.during(MEASURED);
            ConcurrentHistogram lags = scenario.totals().lags;
            long delivered = scenario.totals().events.sum() - events;
            System.out.printf(
                    "scaling: %d nodes: %d events, CPU %.1f s, lag p50 %d p99 %d ms, %.0f calls, between nodes %.0f"
                            + " messages %.0f bytes; to subscribe %d: %.0f messages, %.0f bytes, %.0f claims%n",
                    count,
                    delivered,
                    farm.cpuSeconds() - cpu,
                    lags.getValueAtPercentile(50),
                    lags.getValueAtPercentile(99),
                    scenario.calls("\\w+") - calls,
                    messages(scenario) - sent,
                    bytes(scenario) - sentBytes,
                    CLIENTS * 2,
                    subscribing,
                    bytes,
                    claims);
        }
    }

    private static double messages(SoakScenario scenario) {
        return scenario.metric("chatgateway_cluster_messages_total\\{kind=\"\\w+\"\\}");
    }

    private static double bytes(SoakScenario scenario) {
        return scenario.metric("chatgateway_cluster_messages_bytes_total");
    }
}
