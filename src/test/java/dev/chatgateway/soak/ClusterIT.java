package dev.chatgateway.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.soak.NodeProcess.Ports;
import dev.chatgateway.testing.GatewayExtension;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Nodes as processes of their own, clients that resume, writes all the time, and nodes that die in every way: at the end
 * each client must believe what the service says, and have got nothing twice. In a profile of its own ({@code mvn
 * -Pcluster verify}); {@code -Dcluster.threads=300 -Dcluster.clients=600 -Dcluster.nodes=3 -Dcluster.namespaces=true} for
 * the long form, with nodes in network namespaces (root), one of which is cut off from the others.
 */
class ClusterIT {
    private static final int THREADS = Integer.getInteger("cluster.threads", 30);
    private static final int CLIENTS = Integer.getInteger("cluster.clients", 60);
    private static final int NODES = Integer.getInteger("cluster.nodes", 2);
    private static final int KILLS = Integer.getInteger("cluster.kills", 1);
    private static final int USERS = 40;
    private static final double WRITES_PER_SECOND = THREADS / 6.0;
    private static final int STOPPED_SECONDS = 25;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration STEADY = Duration.ofSeconds(5);
    private static final long TIMELY_MS = 500;
    private static final List<String> OPERATIONS = List.of(
            "listMessages",
            "listParticipants",
            "listReadReceipts",
            "getThread",
            "listThreads",
            "sendMessage",
            "updateMessage",
            "deleteMessage",
            "getMessage");
    private static final Path LOGS = Path.of("target/cluster");

    private static final boolean NAMESPACES = Boolean.getBoolean("cluster.namespaces");
    private static final Duration AWAY = Duration.ofSeconds(30);

    @RegisterExtension
    static final GatewayExtension SERVICE = NAMESPACES
            ? new GatewayExtension().with("embedded.host", "0.0.0.0").with("embedded.names", Namespaces.OUTSIDE)
            : new GatewayExtension();

    private final List<Ports> ports = new ArrayList<>();
    private final Map<String, String> tls = new HashMap<>();
    private final List<NodeProcess> nodes = new CopyOnWriteArrayList<>();
    private final Optional<Namespaces> namespaces = NAMESPACES ? Optional.of(new Namespaces(NODES)) : Optional.empty();

    @AfterEach
    void stop() {
        nodes.forEach(NodeProcess::close);
        namespaces.ifPresent(Namespaces::close);
    }

    @Test
    void nodes_die_in_every_way_and_nobody_misses_anything() throws Exception {
        Files.createDirectories(LOGS);
        tls.putAll(NodeCertificates.in(LOGS.resolve("tls")));
        for (int i = 0; i < NODES; i++) {
            int index = i;
            ports.add(Ports.free(namespaces.map(n -> n.place(index)).orElse(Namespaces.Place.LOOPBACK)));
        }
        for (int i = 0; i < NODES; i++) {
            nodes.add(start(i));
        }
        nodes.forEach(NodeProcess::awaitReady);
        try (SoakScenario scenario = new SoakScenario(
                SERVICE, 11, () -> nodes.stream().map(NodeProcess::site).toList())) {
            scenario.prepare(USERS, THREADS);
            scenario.stay();
            scenario.run(CLIENTS, WRITES_PER_SECOND);
            scenario.stay();
            settled(scenario, "begin");

            for (int round = 0; round < KILLS; round++) {
                killed(scenario);
            }
            terminated(scenario);
            stopped(scenario);
            rolled(scenario);
            cut(scenario);
            away(scenario);

            List<String> differences = scenario.settle(Duration.ofMinutes(2));
            System.out.println("cluster: " + scenario);
            assertThat(differences).as(scenario::toString).isEmpty();
            assertThat(scenario.faultsSeen()).isEmpty();
            assertThat(scenario.missed()).isZero();
            assertThat(OPERATIONS.stream().filter(operation -> refused(scenario, operation) > 0))
                    .as("calls refused for their rate")
                    .isEmpty();
        }
    }

    private void killed(SoakScenario scenario) throws Exception {
        steady(scenario);
        NodeProcess dying = nodes.remove(0);
        dying.kill();
        settled(scenario, "kill -9");
        nodes.add(start(place(dying)).awaitReady());
        scenario.spread();
        settled(scenario, "back after kill -9");
        // What the alert on a cluster that fell apart looks at.
        scenario.until(LIMIT, () -> scenario.metric("chatgateway_cluster_nodes") == NODES * NODES);
        assertThat(follows(scenario)).as("threads told from node to node").isPositive();
    }

    private void terminated(SoakScenario scenario) throws Exception {
        steady(scenario);
        NodeProcess leaving = nodes.remove(0);
        assertThat(leaving.terminate()).as("exit status after SIGTERM").isZero();
        settled(scenario, "SIGTERM");
        nodes.add(start(place(leaving)).awaitReady());
        scenario.spread();
        settled(scenario, "back after SIGTERM");
    }

    /** Longer than the engine waits: it is put out, and comes back. */
    private void stopped(SoakScenario scenario) throws Exception {
        NodeProcess frozen = nodes.remove(0);
        frozen.signal("STOP");
        Duration silent = scenario.until(LIMIT, () -> threads(scenario, "unread") > 0);
        Duration others = silent.plus(scenario.until(LIMIT, () -> threads(scenario, "unread") == 0));
        System.out.println("cluster: SIGSTOP: noticed after " + silent.toMillis()
                + " ms, read by one of the others after " + others.toMillis() + " ms");
        scenario.during(Duration.ofSeconds(STOPPED_SECONDS).minus(others));
        frozen.signal("CONT");
        nodes.add(frozen);
        settled(scenario, "back after SIGSTOP");
    }

    /** One after the other, each as soon as the one before is ready again; nobody spreads the clients by hand. */
    private void rolled(SoakScenario scenario) throws Exception {
        for (int i = 0; i < NODES; i++) {
            int index = i;
            NodeProcess leaving = nodes.stream()
                    .filter(n -> n.runs(ports.get(index)))
                    .findFirst()
                    .orElseThrow();
            nodes.remove(leaving);
            assertThat(leaving.terminate()).as("exit status after SIGTERM").isZero();
            nodes.add(start(i).awaitReady());
        }
        scenario.spread();
        settled(scenario, "rolling restart");
    }

    /** No packet between a node and the others for longer than the engine waits; clients and service are at hand. */
    private void cut(SoakScenario scenario) {
        if (namespaces.isEmpty()) {
            return;
        }
        namespaces.get().cut(0, true);
        Duration both = scenario.until(LIMIT, () -> readers(scenario) > THREADS && threads(scenario, "unread") == 0);
        System.out.println("cluster: cut off: read on both sides after " + both.toMillis() + " ms");
        scenario.during(Duration.ofSeconds(STOPPED_SECONDS).minus(both));
        namespaces.get().cut(0, false);
        settled(scenario, "back after being cut off");
    }

    /** Clients are told that events are late, then get what happened. */
    private static void away(SoakScenario scenario) {
        scenario.faults(SoakScenario.unavailable());
        Duration told = scenario.until(AWAY, () -> scenario.late() == CLIENTS);
        scenario.during(AWAY.minus(told));
        scenario.faults(new JsonObject());
        Duration timely = scenario.until(LIMIT, () -> scenario.late() == 0);
        System.out.println("cluster: service away: told after " + told.toMillis() + " ms, timely again after "
                + timely.toMillis() + " ms");
        settled(scenario, "service back");
    }

    /** A node that has just begun is busy with its compilers: its end is measured when events are timely, or a minute on. */
    private static void steady(SoakScenario scenario) {
        ConcurrentHistogram lags = scenario.totals().lags;
        for (Duration waited = Duration.ZERO; waited.compareTo(LIMIT) < 0; waited = waited.plus(STEADY)) {
            lags.reset();
            scenario.during(STEADY);
            if (lags.getTotalCount() > 0 && lags.getValueAtPercentile(99) < TIMELY_MS) {
                break;
            }
        }
        lags.reset();
        scenario.totals().past.reset();
    }

    /** Until all clients are subscribed and each thread is read by one node. */
    private static void settled(SoakScenario scenario, String after) {
        Duration all = scenario.until(LIMIT, () -> scenario.subscribed() == CLIENTS);
        Duration one = scenario.until(LIMIT, () -> readers(scenario) == THREADS);
        scenario.until(LIMIT, () -> scenario.late() == 0);
        scenario.during(Duration.ofSeconds(3));
        System.out.println("cluster: " + after + ": subscribed after " + all.toMillis() + " ms, one reader each after "
                + (all.toMillis() + one.toMillis()) + " ms; events through a gateway "
                + lags(scenario.totals().lags) + ", past it " + lags(scenario.totals().past) + "; followed "
                + (int) follows(scenario));
    }

    private static String lags(ConcurrentHistogram lags) {
        String said = lags.getTotalCount() + ", lag p50 " + lags.getValueAtPercentile(50) + " p99 "
                + lags.getValueAtPercentile(99) + " max " + lags.getMaxValue() + " ms";
        lags.reset();
        return said;
    }

    private static double refused(SoakScenario scenario, String operation) {
        return scenario.metric(
                "chatgateway_upstream_requests_seconds_count\\{operation=\"" + operation + "\",status=\"429\"}");
    }

    private static double readers(SoakScenario scenario) {
        return threads(scenario, "own");
    }

    private static double follows(SoakScenario scenario) {
        return threads(scenario, "follows");
    }

    private static double threads(SoakScenario scenario, String role) {
        return scenario.metric("chatgateway_cluster_threads\\{role=\"" + role + "\"}");
    }

    private int place(NodeProcess node) {
        return IntStream.range(0, NODES)
                .filter(i -> node.runs(ports.get(i)))
                .findFirst()
                .orElseThrow();
    }

    private NodeProcess start(int index) throws IOException {
        return NodeProcess.start(SERVICE, ports.get(index), ports, tls, LOGS.resolve("node" + index + ".log"));
    }
}
