package dev.chatgateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code mvn -Psoak verify}: minutes (soak.minutes, 10), threads (soak.threads), clients (soak.clients), faults on. */
class SoakRun {
    private static final int MINUTES = Integer.getInteger("soak.minutes", 10);
    private static final int THREADS = Integer.getInteger("soak.threads", 300);
    private static final int CLIENTS = Integer.getInteger("soak.clients", 1_000);
    private static final int USERS = 100;
    private static final double WRITES_PER_SECOND = 15;
    /** One: each has a selector's files of its own, until some time after it is forgotten. */
    static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("limits.connectionsPerUser", "1000")
            .with("poll.lingerSeconds", "5")
            .with("poll.auditSeconds", "1");

    @Test
    void missed_doubled_and_caused_429s_are_zero_and_nothing_is_kept() throws Exception {
        Footprint before;
        Footprint after;
        try (SoakScenario scenario = new SoakScenario(GATEWAY, 7)) {
            scenario.prepare(USERS, THREADS);
            before = Footprint.now();
            scenario.faults(new JsonObject()
                    .put("latencyMs", 5)
                    .put("latencyJitterMs", 20)
                    .put(
                            "rules",
                            new JsonArray()
                                    .add(new JsonObject()
                                            .put("kind", "status")
                                            .put("status", 500)
                                            .put("rate", 0.02))
                                    .add(new JsonObject().put("kind", "drop").put("rate", 0.02))));
            scenario.run(CLIENTS, WRITES_PER_SECOND);
            scenario.during(Duration.ofMinutes(MINUTES));
            scenario.faults(new JsonObject());
            assertThat(scenario.settle(Duration.ofMinutes(6)))
                    .as(scenario::toString)
                    .isEmpty();
            assertThat(scenario.faultsSeen()).isEmpty();
            assertThat(scenario.audits()).isGreaterThan(MINUTES);
            assertThat(scenario.missed()).as("missed, by the auditor").isZero();
            System.out.println("soak: " + scenario);
        }
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> assertThat(List.of(
                                metric("chatgateway_connections "),
                                metric("chatgateway_subscriptions "),
                                metric("chatgateway_watched_threads ")))
                        .as("connections, subscriptions, watched threads")
                        .containsOnly(0.0));
        // Whatever the clients' own HTTP connections keep open for a while is not the gateway's.
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofSeconds(5))
                .until(Footprint::now, now -> now.files() <= before.files() + 20);
        after = Footprint.now();
        double caused =
                metric("chatgateway_upstream_requests_seconds_count\\{operation=\"[a-zA-Z]+\",status=\"429\"} ");
        System.out.println("soak: before " + before + ", after " + after + ", 429s " + caused);
        assertThat(caused).isZero();
        assertThat(after.files()).isLessThanOrEqualTo(before.files() + 20);
        assertThat(after.directMiB()).isLessThanOrEqualTo(before.directMiB() + 32);
        assertThat(after.heapMiB()).isLessThanOrEqualTo(before.heapMiB() + 64);
    }

    private static double metric(String pattern) throws IOException, InterruptedException {
        URI uri = GATEWAY.endpoints().management().resolve("/metrics");
        String page = HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        Matcher matcher = Pattern.compile("(?m)^" + pattern + "(\\S+)").matcher(page);
        double sum = 0;
        while (matcher.find()) {
            sum += Double.parseDouble(matcher.group(1));
        }
        return sum;
    }
}
