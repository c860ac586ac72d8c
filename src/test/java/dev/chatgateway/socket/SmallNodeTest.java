package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.UsedSecrets;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory of unauthenticated connections fits a small heap: a process of its own with 64 MB. */
class SmallNodeTest {
    private static final int CONNECTIONS = 1_000;
    private static final int AT_ONCE = 50;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private int plain;
    private int secure;
    private Process node;

    @BeforeEach
    void start() throws IOException {
        plain = freePort();
        secure = freePort();
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.chatgateway.Main");
        builder.environment()
                .putAll(Map.of(
                        "CHATGATEWAY_HTTP_PORT", String.valueOf(plain),
                        "CHATGATEWAY_HTTPS_PORT", String.valueOf(secure),
                        "CHATGATEWAY_MANAGEMENT_PORT", "0",
                        "CHATGATEWAY_EMBEDDED_PORT", "0",
                        "CHATGATEWAY_LIMITS_HANDSHAKESECONDS", "60",
                        "CHATGATEWAY_LIMITS_AUTHENTICATESECONDS", "120",
                        "CHATGATEWAY_DATA_DIRECTORY", directory.toString()));
        Path log = Files.createTempFile(directory, "node", ".log");
        node = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        Awaitility.await("the node listens").atMost(LIMIT).ignoreExceptions().until(() -> {
            assertThat(node.isAlive()).as(Files.readString(log)).isTrue();
            return get("/page.json").statusCode() == 200;
        });
    }

    @AfterEach
    void stop() throws InterruptedException {
        node.destroyForcibly();
        node.waitFor(20, TimeUnit.SECONDS);
        vertx.close().await();
    }

    /** Each connection sends a request over TLS and then an incomplete head of maximum length. */
    @Test
    void small_node_filled_by_one_address_admits_others() throws Exception {
        NetClient attacker = vertx.createNetClient(new NetClientOptions()
                .setSsl(true)
                .setTrustAll(true)
                .setHostnameVerificationAlgorithm("")
                .setLocalAddress("127.0.0.2"));
        Semaphore permits = new Semaphore(AT_ONCE);
        AtomicInteger held = new AtomicInteger();
        for (int i = 0; i < CONNECTIONS; i++) {
            assertThat(permits.tryAcquire(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            attacker.connect(secure, "127.0.0.1")
                    .onSuccess(socket -> hold(socket, held, permits))
                    .onFailure(refused -> permits.release());
        }
        assertThat(permits.tryAcquire(AT_ONCE, LIMIT.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(held.get()).as("connections that were accepted at first").isGreaterThan(100);

        JsonObject user = new JsonObject(post("/dev/users", new JsonObject()));
        String token = new JsonObject(post("/dev/token", new JsonObject().put("userId", user.getString("userId"))))
                .getString("token");
        UsedSecrets.note(token);
        for (int i = 0; i < 5; i++) {
            try (ChatSocket socket = ChatSocket.open(URI.create("ws://127.0.0.1:" + plain + "/ws"), upgrade -> {})) {
                socket.call("authenticate", new JsonObject().put("token", token));
                assertThat(socket.call("ping", new JsonObject())).isEmpty();
            }
        }
        assertThat(node.isAlive()).isTrue();
    }

    private static void hold(NetSocket socket, AtomicInteger held, Semaphore permits) {
        Runnable once = new Runnable() {
            private boolean done;

            @Override
            public void run() {
                if (!done) {
                    done = true;
                    permits.release();
                }
            }
        };
        socket.closeHandler(closed -> once.run());
        socket.exceptionHandler(broken -> {});
        socket.handler(answer -> {
            held.incrementAndGet();
            socket.handler(rest -> {});
            socket.write(Buffer.buffer("GET / HTTP/1.1\r\nHost: a\r\n" + header(0) + header(1)))
                    .onComplete(written -> once.run());
        });
        socket.write("GET /page.json HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    private static String header(int number) {
        return "X-Long-" + number + ": " + "x".repeat(7_500) + (number == 0 ? "\r\n" : "");
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private String post(String path, JsonObject body) throws IOException, InterruptedException {
        HttpRequest request = request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isIn(List.of(200, 201));
        return response.body();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + plain + path))
                .timeout(Duration.ofSeconds(30));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
