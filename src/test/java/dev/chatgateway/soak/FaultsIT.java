package dev.chatgateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Faults of the service: nothing lost, nothing twice, by comparison with the service at the end; nobody loses a
 * subscription, and everybody is told while events are late.
 */
class FaultsIT {
    private static final int THREADS = 10;
    private static final int CLIENTS = 30;
    private static final int OUTAGE_SECONDS = 20;
    /** Two intervals of a quiet thread, and as much again for a machine that has other things to do. */
    private static final Duration RECOVERY = Duration.ofSeconds(20);

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("limits.connectionsPerUser", "100")
            .with("upstream.timeoutMs", "5000")
            .with("poll.auditSeconds", "1");

    @Test
    void nothing_is_lost_and_nothing_comes_twice_while_the_service_misbehaves() {
        try (SoakScenario scenario = new SoakScenario(GATEWAY, 42)) {
            scenario.prepare(8, THREADS);
            scenario.run(CLIENTS, 8);
            scenario.during(Duration.ofSeconds(3));
            scenario.faults(rules(status(500, 0.1), drop(0.1)));
            scenario.during(Duration.ofSeconds(6));
            scenario.faults(rules(status(429, 0.5)));
            scenario.during(Duration.ofSeconds(2));
            scenario.faults(new JsonObject());
            scenario.stay();
            scenario.until(Duration.ofSeconds(30), () -> scenario.subscribed() == CLIENTS);
            long unsubscribed = scenario.totals().unsubscribed.sum();

            outage(scenario);
            scenario.faults(new JsonObject().put("latencyMs", 3_000));
            scenario.during(Duration.ofSeconds(6));
            scenario.faults(new JsonObject().put("expiredTokens", true));
            scenario.during(Duration.ofSeconds(5));
            scenario.faults(new JsonObject());

            assertThat(scenario.settle(Duration.ofSeconds(90)))
                    .as(scenario::toString)
                    .isEmpty();
            assertThat(scenario.faultsSeen()).isEmpty();
            scenario.until(Duration.ofSeconds(30), () -> scenario.audits() > 0);
            assertThat(scenario.missed()).as("missed, by the auditor").isZero();
            assertThat(scenario.totals().unsubscribed.sum())
                    .as("nobody was removed")
                    .isEqualTo(unsubscribed);
            // Refused tokens have closed connections, whose clients come back with the same ones.
            scenario.until(Duration.ofSeconds(30), () -> scenario.subscribed() == CLIENTS);
            System.out.println("faults: " + scenario);
        }
    }

    /** Nothing but 503: told, with few calls, and over soon after the service is back. */
    private static void outage(SoakScenario scenario) {
        double before = scenario.calls("list\\w+");
        scenario.faults(rules(status(503, 1)));
        Duration told = scenario.until(Duration.ofSeconds(OUTAGE_SECONDS), () -> scenario.late() == CLIENTS);
        scenario.during(Duration.ofSeconds(OUTAGE_SECONDS).minus(told));
        double calls = scenario.calls("list\\w+") - before;
        assertThat(scenario.late()).as("still told that events are late").isEqualTo(CLIENTS);
        assertThat(calls).as("calls in the outage").isBetween(1.0 * THREADS, 2.0 * THREADS * OUTAGE_SECONDS);
        scenario.faults(new JsonObject());
        Duration recovered = scenario.until(RECOVERY, () -> scenario.late() == 0);
        System.out.println("outage of " + OUTAGE_SECONDS + " s, " + THREADS + " threads: told after " + told.toMillis()
                + " ms, " + (long) calls + " calls, taken back " + recovered.toMillis() + " ms after it");
    }

    private static JsonObject rules(JsonObject... rules) {
        JsonArray array = new JsonArray();
        for (JsonObject rule : rules) {
            array.add(rule);
        }
        return new JsonObject().put("rules", array);
    }

    private static JsonObject status(int status, double rate) {
        return new JsonObject().put("kind", "status").put("status", status).put("rate", rate);
    }

    private static JsonObject drop(double rate) {
        return new JsonObject().put("kind", "drop").put("rate", rate);
    }
}
