package dev.chatgateway.soak;

import dev.chatgateway.testing.GatewayExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** One node of a cluster as a process of its own, on loopback, with signals. */
final class NodeProcess implements AutoCloseable {
    private static final Path JAR = Path.of("target/chat-gateway.jar").toAbsolutePath();
    private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private final Process process;
    private final SoakScenario.Site site;

    private NodeProcess(Process process, SoakScenario.Site site) {
        this.process = process;
        this.site = site;
    }

    /** A node's place, and the ports of its engine, http, management and event bus; kept over its restarts. */
    record Ports(Namespaces.Place place, int engine, int http, int management, int bus) {
        /** Below those that the system gives out by itself, so that nobody takes them meanwhile. */
        static Ports free(Namespaces.Place place) {
            return new Ports(place, freePort(), freePort(), freePort(), freePort());
        }

        String member() {
            return place.cluster() + ':' + engine;
        }

        private static int freePort() {
            while (true) {
                int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
                try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
                    return taken.getLocalPort();
                } catch (IOException inUse) {
                    // The next one, then.
                }
            }
        }
    }

    /** Starts a node that uses the extension's embedded service, and joins those on the other ports. */
    static NodeProcess start(GatewayExtension service, Ports mine, List<Ports> all, Map<String, String> tls, Path log)
            throws IOException {
        Namespaces.Place place = mine.place;
        String clients = place.clients();
        Map<String, String> settings = new HashMap<>(Map.of(
                "HTTP_HOST",
                clients,
                "MANAGEMENT_HOST",
                clients,
                "HTTP_PORT",
                Integer.toString(mine.http),
                "HTTPS_PORT",
                "0",
                "MANAGEMENT_PORT",
                Integer.toString(mine.management),
                "UPSTREAM_ENDPOINT",
                service.service()
                        .toString()
                        .replace("localhost", place.prefix().isEmpty() ? "localhost" : Namespaces.OUTSIDE),
                "UPSTREAM_TRUSTEDCERTIFICATES",
                service.endpoints().caPem().toString(),
                "SIGNING_KEY",
                KEY));
        settings.putAll(Map.of(
                "LIMITS_CONNECTIONSPERUSER", "1000",
                "POLL_AUDITSECONDS", "1",
                "PROCESS_RECONNECTSECONDS", "5",
                "CLUSTER_ENABLED", "true",
                "CLUSTER_HOST", place.cluster(),
                "CLUSTER_PORT", Integer.toString(mine.engine),
                "CLUSTER_BUSPORT", Integer.toString(mine.bus),
                "CLUSTER_MEMBERS",
                        String.join(",", all.stream().map(Ports::member).toList()),
                "DATA_DIRECTORY",
                        log.resolveSibling(log.getFileName() + ".data").toString()));
        settings.putAll(tls);
        List<String> command = new ArrayList<>(place.prefix());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + System.getProperty("cluster.heap", "300m"),
                "-XX:+UseSerialGC",
                "-jar",
                JAR.toString()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("CHATGATEWAY_"));
        settings.forEach((key, value) -> builder.environment().put("CHATGATEWAY_" + key, value));
        return new NodeProcess(
                builder.start(),
                new SoakScenario.Site(
                        URI.create("ws://" + clients + ':' + mine.http + "/ws"),
                        URI.create("http://" + clients + ':' + mine.management)));
    }

    SoakScenario.Site site() {
        return site;
    }

    boolean runs(Ports ports) {
        return site.webSocket().getPort() == ports.http;
    }

    NodeProcess awaitReady() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> !process.isAlive() || ready());
        if (!process.isAlive()) {
            throw new AssertionError("the node ended with " + process.exitValue() + ", see target/cluster");
        }
        return this;
    }

    boolean ready() {
        try {
            HttpRequest request = HttpRequest.newBuilder(site.management().resolve("/readyz"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return SoakRun.HTTP
                            .send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(30, TimeUnit.SECONDS);
    }

    /** SIGTERM; the result is the exit status. */
    int terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("node did not end within 60 s");
        }
        return process.exitValue();
    }

    /** The same, for another thread. */
    int terminated() {
        try {
            return terminate();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    /** Bytes of the heap that are in use after a collection. */
    long liveHeap() throws IOException, InterruptedException {
        for (int i = 0; i < 2; i++) {
            new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                    .toString(),
                            Long.toString(process.pid()),
                            "GC.run")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor(60, TimeUnit.SECONDS);
        }
        return (long) metric("jvm_memory_used_bytes\\{area=\"heap\",id=\"[^\"]+\"\\}");
    }

    /** The sum of a meter over its series that match. */
    double metric(String name) {
        return SoakScenario.metric(name, site.management().resolve("/metrics"));
    }

    /** CPU time since the start. */
    double cpuSeconds() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1_000.0;
    }

    /** SIGSTOP, or SIGCONT. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
