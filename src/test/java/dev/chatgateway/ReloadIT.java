package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The configuration's file changes while the gateway runs. */
class ReloadIT {
    private static final String ORIGIN = "Origin: https://new.example";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    @TempDir
    Path directory;

    /** The gateway is shared by the tests: each begins with the defaults, which an empty file means. */
    @AfterEach
    void back_to_the_defaults() throws IOException {
        write("");
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> upgrade(ORIGIN)
                .startsWith("HTTP/1.1 403"));
    }

    /** SuiteLogsIT wants the rest of the suite to its last detail. */
    @AfterAll
    static void log_everything() {
        LoggingSetup.level("debug");
    }

    @Test
    void limits_and_origins_change_and_other_keys_are_refused() throws IOException {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("Tea", ann);
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            assertThat(upgrade(ORIGIN)).startsWith("HTTP/1.1 403");
            double partly = counted("partly");
            follow();

            write("""
                    http:
                      origins: ["https://new.example"]
                    process:
                      eventLoops: 7
                    limits:
                      contentBytes: 10
                      subscriptions: 1
                    """);

            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> upgrade(ORIGIN)
                    .startsWith("HTTP/1.1 101"));
            assertThat(counted("partly")).isGreaterThan(partly);
            JsonObject error = socket.refused("sendMessage", message(thread, "more than ten bytes"));
            assertThat(error.encode()).contains("content");
            assertThat(socket.call("sendMessage", message(thread, "short")).getString("id"))
                    .isNotEmpty();
        }
    }

    @Test
    void invalid_file_changes_nothing() throws IOException {
        double refused = counted("refused");
        follow();

        write("""
                http:
                  origins: ["https://new.example"]
                limits:
                  batch: many
                """);

        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> counted("refused") > refused);
        assertThat(upgrade(ORIGIN)).startsWith("HTTP/1.1 403");
    }

    @Test
    void signal_reloads_an_unchanged_file() throws IOException {
        double taken = counted("taken");
        write("# nothing but this\n");
        follow();

        GATEWAY.gateway().reload();

        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> counted("taken") > taken);
    }

    /** With the variables that the gateway was started with, which go on to override the file. */
    private void follow() {
        Map<String, String> environment = Map.of(
                "CHATGATEWAY_HTTP_PORT", "0",
                "CHATGATEWAY_HTTPS_PORT", "0",
                "CHATGATEWAY_MANAGEMENT_PORT", "0",
                "CHATGATEWAY_EMBEDDED_PORT", "0",
                "CHATGATEWAY_DATA_DIRECTORY", GATEWAY.config().data().directory());
        if (!Files.exists(file())) {
            write("");
        }
        GATEWAY.gateway().follow(file(), environment);
    }

    private static JsonObject message(String thread, String content) {
        return new JsonObject().put("threadId", thread).put("content", content);
    }

    private static double counted(String outcome) {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_reloads_total")
                        && line.contains("what=\"configuration\"")
                        && line.contains("outcome=\"" + outcome + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static String upgrade(String origin) throws IOException {
        URI door = GATEWAY.endpoints().http();
        return RawHttp1.send(door, RawHttp1.upgrade(door, origin));
    }

    private Path file() {
        return directory.resolve("gateway.yaml");
    }

    private void write(String yaml) {
        try {
            Files.writeString(file(), yaml);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
