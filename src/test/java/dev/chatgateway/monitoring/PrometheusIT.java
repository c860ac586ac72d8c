package dev.chatgateway.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.Management;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Prometheus's own tools and server read what the gateway says (Debian package prometheus). */
class PrometheusIT {
    private static final long LIMIT_SECONDS = 120;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    @TempDir
    Path directory;

    @BeforeAll
    static void installed() {
        assumeTrue(
                PrometheusServer.installed(),
                "promtool and prometheus (expected: on the PATH, apt-get install prometheus)");
    }

    private String promtool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Path page = directory.resolve("page.txt");
        if (Files.notExists(page)) {
            Files.writeString(page, "");
        }
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(command)
                .redirectInput(page.toFile())
                .redirectOutput(output.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(output);
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }

    private static void chat() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        JsonObject on = new JsonObject().put("threadId", ann.createThread("Lunch"));
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            socket.call("subscribe", on);
            socket.call("sendMessage", on.copy().put("content", "Pizza?"));
            socket.event("chatMessageReceived", e -> true);
        }
    }

    @Test
    void promtool_finds_nothing_wrong_with_the_metrics() throws Exception {
        chat();
        Files.writeString(
                directory.resolve("page.txt"),
                new Management(GATEWAY).get("/metrics").body());
        assertThat(promtool("check", "metrics")).isBlank();
    }

    @Test
    void promtool_finds_nothing_wrong_with_the_rules() throws Exception {
        assertThat(promtool("check", "rules", MonitoringFiles.RULES.toString())).contains("SUCCESS");
    }

    @Test
    void each_alert_fires_when_it_should_and_not_before() throws Exception {
        assertThat(promtool("test", "rules", MonitoringFiles.RULE_TESTS.toString()))
                .contains("SUCCESS");
    }

    @Test
    void a_real_prometheus_scrapes_the_gateway_and_evaluates_rules_and_dashboard() throws Exception {
        chat();
        try (PrometheusServer prometheus =
                PrometheusServer.start(directory, GATEWAY.endpoints().management(), MonitoringFiles.RULES)) {
            prometheus.await("/api/v1/targets", answer -> answer.getJsonArray("activeTargets").stream()
                    .map(JsonObject.class::cast)
                    .anyMatch(target -> target.getString("health").equals("up")));
            prometheus.await("/api/v1/rules", answer -> rules(answer).stream()
                    .map(JsonObject.class::cast)
                    .allMatch(rule -> rule.getString("health").equals("ok")));
            prometheus.query("chatgateway_events_delivered_total > 0");
            for (String query : MonitoringFiles.dashboardQueries()) {
                assertThat(prometheus.ask(query).getString("status")).as(query).isEqualTo("success");
            }
        }
    }

    private static JsonArray rules(JsonObject answer) {
        JsonArray rules = new JsonArray();
        answer.getJsonArray("groups").forEach(group -> rules.addAll(((JsonObject) group).getJsonArray("rules")));
        assertThat(rules).hasSizeGreaterThan(7);
        return rules;
    }
}
