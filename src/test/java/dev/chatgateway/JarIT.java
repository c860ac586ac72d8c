package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar, started as the README says. */
class JarIT {
    private static final Path JAR = Path.of("target/chat-gateway.jar").toAbsolutePath();
    private static final Map<String, String> FREE_PORTS = Map.of(
            "CHATGATEWAY_HTTP_PORT", "0",
            "CHATGATEWAY_HTTPS_PORT", "0",
            "CHATGATEWAY_MANAGEMENT_PORT", "0",
            "CHATGATEWAY_EMBEDDED_PORT", "0");

    @TempDir
    Path directory;

    @Test
    void jar_starts_logs_its_ports_and_exits_with_0_on_sigterm() throws Exception {
        Process gateway = start(FREE_PORTS);
        try {
            List<String> lines = linesUntil(gateway, "development CA");
            String log = String.join("\n", lines);
            assertThat(log)
                    .containsPattern("transport +(epoll|nio)")
                    .contains("page ", "WebSocket ", "embedded service ", "connection string ")
                    .contains("accesskey=")
                    .contains("ca.pem")
                    .contains("ca.p12");
            URI management = URI.create(address(log, "management +(http://\\S+)"));
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> status(management, "/readyz") == 200);
            assertThat(status(management, "/livez")).isEqualTo(200);
            assertThat(status(management, "/startupz")).isEqualTo(200);
            assertThat(status(management, "/metrics")).isEqualTo(200);
            assertThat(status(management, "/faults")).isEqualTo(200);
            assertThat(status(URI.create(address(log, "page +(http://\\S+)")), "/"))
                    .isEqualTo(200);
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("data/tls/server.key"))))
                    .isEqualTo("rw-------");

            gateway.destroy();

            assertThat(gateway.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(gateway.exitValue()).isZero();
        } finally {
            gateway.destroyForcibly();
        }
    }

    @Test
    void port_in_use_is_one_line_and_exit_status_1() throws Exception {
        for (String key : List.of("HTTP", "HTTPS", "MANAGEMENT", "EMBEDDED")) {
            try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
                Map<String, String> environment = new java.util.HashMap<>(FREE_PORTS);
                environment.put("CHATGATEWAY_" + key + "_PORT", Integer.toString(taken.getLocalPort()));
                Process gateway = start(environment);
                String errors = errors(gateway);
                assertThat(gateway.waitFor(20, TimeUnit.SECONDS)).isTrue();
                assertThat(gateway.exitValue()).as(key).isEqualTo(1);
                assertThat(errors.lines().toList())
                        .as(key)
                        .singleElement()
                        .asString()
                        .contains(Integer.toString(taken.getLocalPort()));
            }
        }
    }

    @Test
    void unusable_data_directory_is_one_line_and_exit_status_1() throws Exception {
        Files.writeString(directory.resolve("file"), "x");
        Map<String, String> environment = new java.util.HashMap<>(FREE_PORTS);
        environment.put("CHATGATEWAY_DATA_DIRECTORY", directory.resolve("file").toString());
        Process gateway = start(environment);

        assertThat(errors(gateway).lines().toList()).singleElement().asString().contains("file");
        assertThat(gateway.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(gateway.exitValue()).isEqualTo(1);
    }

    @Test
    void informational_options_print_and_exit() throws Exception {
        assertThat(output(0, Map.of(), "--version")).startsWith("chat-gateway ");
        assertThat(output(0, Map.of(), "--help")).contains("--config", "--check-config", "--print-config");
        assertThat(output(0, Map.of(), "--check-config")).contains("configuration: ok");
        assertThat(output(
                        0, Map.of("CHATGATEWAY_EMBEDDED_ACCESSKEY", "c2VjcmV0LXNlY3JldC1zZWNyZXQ="), "--print-config"))
                .contains("port: 8080")
                .contains("(hidden)")
                .doesNotContain("c2VjcmV0");

        Process bad = start(Map.of("CHATGATEWAY_HTTP_PORT", "-1", "CHATGATEWAY_LIMITS_BATCH", "0"), "--check-config");
        assertThat(errors(bad).lines())
                .containsExactlyInAnyOrder(
                        "CHATGATEWAY_HTTP_PORT: http.port: -1 (expected: 0 to 65535)",
                        "CHATGATEWAY_LIMITS_BATCH: limits.batch: 0 (expected: 1 to 1000)");
        assertThat(bad.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(bad.exitValue()).isEqualTo(1);

        Process unknown = start(Map.of(), "--confg", "x");
        assertThat(errors(unknown).lines().toList()).singleElement().asString().contains("--confg");
        assertThat(unknown.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(unknown.exitValue()).isEqualTo(1);
    }

    @Test
    void jar_contains_its_parts_and_nothing_else() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            List<String> names = jar.stream().map(JarEntry::getName).toList();
            assertThat(names).contains("META-INF/native/libnetty_transport_native_epoll_x86_64.so");
            assertThat(names)
                    .noneMatch(n -> n.matches("META-INF/[^/]*\\.(SF|RSA|DSA)"))
                    .noneMatch(n -> n.contains("tcnative") || n.contains("kqueue") || n.endsWith(".jnilib"))
                    .noneMatch(n ->
                            n.startsWith("com/azure/") || n.startsWith("org/junit/") || n.startsWith("io/fabric8/"));
            assertThat(names.stream().filter(n -> n.startsWith("META-INF/native/lib")))
                    .as("epoll and io_uring, each for two processors")
                    .hasSize(4);
        }
    }

    @Test
    void jar_lists_its_libraries_and_licences() throws IOException {
        List<String> parts = new ArrayList<>();
        new JsonObject(Files.readString(JAR.resolveSibling("chat-gateway.cdx.json")))
                .getJsonArray("components")
                .forEach(part -> parts.add(((JsonObject) part).getString("purl")));
        assertThat(parts)
                .anyMatch(part -> part.startsWith("pkg:maven/io.netty/netty-codec-http@"))
                .anyMatch(part -> part.startsWith("pkg:maven/io.vertx/vertx-core@"))
                .anyMatch(part -> part.startsWith("pkg:maven/com.hazelcast/hazelcast@"))
                .noneMatch(part -> part.contains("junit"));

        try (JarFile jar = new JarFile(JAR.toFile())) {
            String licences = new String(
                    jar.getInputStream(jar.getJarEntry("META-INF/THIRD-PARTY.txt"))
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
            for (String part : parts) {
                String coordinates = part.replaceFirst("pkg:maven/", "")
                        .replaceFirst("\\?.*", "")
                        .replace('/', ':')
                        .replace('@', ':');
                assertThat(licences).contains(coordinates);
            }
        }
    }

    /** The build lets these licences pass, as those who offer a choice name them; alone they would ask more of us. */
    @Test
    void copyleft_licence_is_always_one_of_a_choice() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            String licences = new String(
                    jar.getInputStream(jar.getJarEntry("META-INF/THIRD-PARTY.txt"))
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
            // "     (EPL) (MPL 2.0) Name (group:artifact:version - address)": a name may say what it likes.
            List<String> asking = Pattern.compile("(?m)^\\s*((?:\\([^()]*\\) )+)\\S.*\\([\\w.-]+:")
                    .matcher(licences)
                    .results()
                    .map(line -> line.group(1))
                    .filter(named -> Pattern.compile("LGPL|Lesser|MPL|Mozilla")
                            .matcher(named)
                            .find())
                    .toList();
            assertThat(asking).isNotEmpty().allMatch(named -> Pattern.compile("EPL|Eclipse Public|Apache")
                    .matcher(named)
                    .find());
        }
    }

    /** The run that an archive of classes is made from: it chats, and leaves nothing behind. */
    @Test
    void warm_up_serves_a_client_and_ends() throws Exception {
        assertThat(output(0, Map.of(), "warm-up")).contains("warm-up: ok");
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    /** Vert.x closes a client that nobody can reach any more; a small heap for the young finds that out. */
    @Test
    void warm_up_survives_garbage_collections() throws Exception {
        assertThat(output(0, Map.of("JAVA_TOOL_OPTIONS", "-XX:+UseSerialGC -Xmn1m"), "warm-up"))
                .contains("warm-up: ok");
    }

    /** What is off costs no start: Hazelcast and the SDK of OpenTelemetry are not loaded; its API is. */
    @Test
    void disabled_libraries_are_not_loaded() throws Exception {
        String classes = output(0, Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:stdout"), "warm-up");

        assertThat(classes).contains("warm-up: ok", "dev.chatgateway.tracing.Tracing", "io.vertx.core.Vertx");
        assertThat(classes.lines()
                        .filter(l -> Pattern.compile(" (io\\.opentelemetry\\.(sdk|exporter)|com\\.hazelcast)\\.")
                                .matcher(l)
                                .find()))
                .isEmpty();
    }

    private Process start(Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CHATGATEWAY_"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private String output(int status, Map<String, String> environment, String... arguments) throws Exception {
        Process process = start(environment, arguments);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(status);
        return output;
    }

    /** What the JVM itself says on newer releases is not the gateway's. */
    private static String errors(Process process) throws IOException {
        String all = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return String.join(
                "\n", all.lines().filter(l -> !l.startsWith("WARNING: ")).toList());
    }

    private static List<String> linesUntil(Process process, String last) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        List<String> lines = new ArrayList<>();
        String line = in.readLine();
        while (line != null) {
            lines.add(line);
            if (line.contains(last)) {
                return lines;
            }
            line = in.readLine();
        }
        throw new AssertionError("ended early: " + lines + errors(process));
    }

    private static String address(String log, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(log);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }

    private static int status(URI base, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(10))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
