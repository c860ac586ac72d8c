package dev.chatgateway.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The load program against a real gateway. What it finds must be true; how fast that is, is no matter of a test. */
class BenchCommandIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("management.ingest", "true")
            .with("embedded.rateLimits", "off")
            .with("limits.connectionsPerUser", "1000")
            .with("signaling.sessionsPerUser", "1000");

    @TempDir
    private Path directory;

    private final StringWriter printed = new StringWriter();
    private final StringWriter complained = new StringWriter();

    @Test
    void every_reader_gets_every_message_once_despite_slow_ones() throws Exception {
        Path html = directory.resolve("bench.html");
        JsonObject result = measured(
                "--ingest",
                GATEWAY.endpoints().management().toString(),
                "--connections=20",
                "--slow=2",
                "--threads=4",
                "--users=3",
                "--rate=40",
                "--html=" + html);
        assertThat(result.getLong("published")).isBetween(1L, 81L);
        assertThat(result.getLong("delivered")).isEqualTo(5 * result.getLong("published"));
        JsonObject latency = result.getJsonObject("latencyMs");
        assertThat(latency.getDouble("p50")).isPositive();
        assertThat(latency.getDouble("p99")).isBetween(latency.getDouble("p50"), latency.getDouble("max"));
        assertThat(result.getJsonArray("perSecond").stream()
                        .mapToLong(n -> ((Number) n).longValue())
                        .sum())
                .isEqualTo(result.getLong("delivered"));
        assertThat(Files.readString(html)).contains("<svg", "polyline");
        assertThat(printed.toString()).contains("deliveries/s", "p99.9");
    }

    @Test
    void sessions_receive_every_thread_of_their_user() throws Exception {
        JsonObject result = measured(
                "--protocol=signaling",
                "--ingest",
                GATEWAY.endpoints().management().toString(),
                "--connections=6",
                "--threads=3",
                "--users=2",
                "--rate=30");
        assertThat(result.getLong("published")).isBetween(1L, 61L);
        assertThat(result.getLong("delivered")).isEqualTo(6 * result.getLong("published"));
        assertThat(result.getString("protocol")).isEqualTo("signaling");
        JsonObject sent = measured("--protocol=signaling", "--connections=4", "--users=2", "--threads=1", "--rate=4");
        assertThat(sent.getLong("delivered")).isEqualTo(4 * sent.getLong("published"));
    }

    @Test
    void event_streams_receive_the_messages_of_their_thread() throws Exception {
        JsonObject result = measured("--protocol=sse", "--connections=6", "--users=2", "--threads=3", "--rate=6");
        assertThat(result.getString("protocol")).isEqualTo("sse");
        assertThat(result.getLong("published")).isPositive();
        assertThat(result.getLong("delivered")).isEqualTo(2 * result.getLong("published"));
    }

    @Test
    void rate_0_keeps_the_window_full_and_loses_nothing() throws Exception {
        JsonObject result = measured(
                "--ingest", GATEWAY.endpoints().management().toString(), "--connections=10", "--users=2", "--window=4");
        assertThat(result.getLong("delivered")).isPositive();
        assertThat(result.getLong("delivered") % 10).isZero();
    }

    @Test
    void messages_without_ingest_go_through_the_service() throws Exception {
        JsonObject result = measured("--connections=6", "--users=2", "--threads=2", "--rate=4");
        assertThat(result.getLong("delivered")).isEqualTo(3 * result.getLong("published"));
    }

    @Test
    void process_cost_is_reported_if_a_pid_is_given() throws Exception {
        JsonObject result = measured(
                "--ingest",
                GATEWAY.endpoints().management().toString(),
                "--connections=4",
                "--users=2",
                "--rate=50",
                "--pid=" + ProcessHandle.current().pid());
        assertThat(result.getDouble("cpuSecondsPerMillion")).isNotNegative();
        assertThat(result.getDouble("bytesPerConnection")).isNotNull();
    }

    @Test
    void unreachable_address_is_reported_with_its_option() throws Exception {
        int free;
        try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        assertThat(failure("--url=ws://127.0.0.1:" + free + "/ws"))
                .startsWith("bench: --url: ws://127.0.0.1:" + free + "/ws: ")
                .endsWith("(expected: a running gateway)");
        String url = "--url=" + GATEWAY.endpoints().webSocket();
        assertThat(failure(url, "--users=1", "--ingest=http://127.0.0.1:" + free))
                .startsWith("bench: --ingest: http://127.0.0.1:" + free + ": ")
                .endsWith("(expected: the management port of a gateway with management.ingest: true)");
        assertThat(failure(url, "--users=1", "--ingest=" + GATEWAY.endpoints().http()))
                .startsWith("bench: --ingest: ");
    }

    /** What is told on one line. */
    private static String failure(String... options) {
        String[] told = new String[1];
        new CommandLine(new BenchCommand())
                .setExecutionExceptionHandler((problem, line, result) -> {
                    told[0] = problem.getMessage();
                    return 1;
                })
                .execute(options);
        return told[0];
    }

    @Test
    void invalid_options_are_reported_with_the_expected_value() {
        assertThat(run("--connections=0")).isEqualTo(2);
        assertThat(complained.toString()).contains("--connections: 0 (expected: 1 to 100000)");
        assertThat(run("--protocol=other")).isEqualTo(2);
        assertThat(complained.toString()).contains("--protocol: other (expected: own, sse or signaling)");
        assertThat(run("--url=http://localhost")).isEqualTo(2);
        assertThat(complained.toString()).contains("--url: http://localhost (expected: ws or wss, and a host)");
    }

    private JsonObject measured(String... options) throws Exception {
        Path json = directory.resolve("bench.json");
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--url=" + GATEWAY.endpoints().webSocket());
        all.addAll(List.of("--warm-up=1", "--seconds=2", "--json=" + json));
        assertThat(run(all.toArray(String[]::new))).as(complained.toString()).isZero();
        JsonObject result = new JsonObject(Files.readString(json));
        assertThat(result.getLong("missing")).isZero();
        assertThat(result.getLong("twice")).isZero();
        return result;
    }

    private int run(String... options) {
        return new CommandLine(new BenchCommand())
                .setOut(new PrintWriter(printed))
                .setErr(new PrintWriter(complained))
                .execute(options);
    }
}
