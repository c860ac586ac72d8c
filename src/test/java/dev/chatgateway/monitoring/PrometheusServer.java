package dev.chatgateway.monitoring;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A Prometheus of its own on a free loopback port, that scrapes one gateway each second. */
final class PrometheusServer implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final URI address;
    private final Path log;

    private PrometheusServer(Process process, URI address, Path log) {
        this.process = process;
        this.address = address;
        this.log = log;
    }

    /** Whether the machine has both programs. */
    static boolean installed() {
        return Stream.of("promtool", "prometheus")
                .allMatch(name -> Arrays.stream(System.getenv("PATH").split(":"))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, name))));
    }

    static PrometheusServer start(Path directory, URI gateway, Path rules) throws IOException {
        Path config = Files.writeString(directory.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ["%s"]
                scrape_configs:
                  - job_name: chat-gateway
                    static_configs: [{targets: ["%s:%d"]}]
                """.formatted(
                        rules.toAbsolutePath(), gateway.getHost(), gateway.getPort()));
        int port = freePort();
        Path log = directory.resolve("prometheus.log");
        Process process = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectOutput(log.toFile())
                .redirectErrorStream(true)
                .start();
        return new PrometheusServer(process, URI.create("http://127.0.0.1:" + port), log);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Waits until what an address of the API answers fits. */
    void await(String path, Predicate<JsonObject> fits) throws IOException {
        try {
            Awaitility.await()
                    .atMost(LIMIT)
                    .pollInterval(Duration.ofMillis(250))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> fits.test(get(path).getJsonObject("data")));
        } catch (RuntimeException late) {
            throw new AssertionError("prometheus: " + Files.readString(log), late);
        }
    }

    /** Waits until a query finds something. */
    void query(String query) throws IOException {
        await(path(query), data -> !data.getJsonArray("result").isEmpty());
    }

    /** Asks once. */
    JsonObject ask(String query) throws IOException, InterruptedException {
        return get(path(query));
    }

    private static String path(String query) {
        return "/api/v1/query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8);
    }

    private JsonObject get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(20))
                .build();
        return new JsonObject(
                http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
        }
    }
}
