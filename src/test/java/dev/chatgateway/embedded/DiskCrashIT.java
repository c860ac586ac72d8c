package dev.chatgateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.TestService.User;
import dev.chatgateway.tls.DevelopmentCertificates;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process with disk storage is killed during writes; all acknowledged writes are still there. */
class DiskCrashIT {
    private static final int WRITERS = 4;
    private static final int ACKNOWLEDGED_BEFORE_KILL = 1_200;

    @TempDir
    Path data;

    /** The process that is killed: a service with disk storage that prints its address. */
    public static void main(String[] arguments) {
        Path data = Path.of(arguments[0]);
        EmbeddedService.Started started =
                TestService.start(Vertx.vertx(), data, Clock.systemUTC(), false, data.resolve("db")).started;
        System.out.println("READY " + started.endpoint());
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void acknowledged_writes_survive_kill_9() throws Exception {
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DiskCrashIT.class.getName(),
                        data.toString())
                .redirectErrorStream(true)
                .start();
        Map<String, String> acknowledged = new ConcurrentHashMap<>();
        User alice;
        String thread;
        try {
            TestService running =
                    TestService.at(endpoint(process), DevelopmentCertificates.loadOrCreate(data, List.of()));
            alice = running.user();
            thread = running.thread(alice);
            killWhileWriting(process, running, alice, thread, acknowledged);
        } finally {
            process.destroyForcibly();
        }
        Vertx vertx = Vertx.vertx();
        try (TestService reopened = TestService.start(vertx, data, Clock.systemUTC(), false, data.resolve("db"))) {
            Map<String, String> found = messages(reopened, alice, thread);
            assertThat(found).containsAllEntriesOf(acknowledged);
            assertThat(found.size()).isBetween(acknowledged.size() + 2, acknowledged.size() + 2 + WRITERS);
            reopened.message(alice, thread, "life goes on");
        } finally {
            TestService.await(vertx.close());
        }
    }

    private static void killWhileWriting(
            Process process, TestService running, User alice, String thread, Map<String, String> acknowledged)
            throws InterruptedException {
        CountDownLatch enough = new CountDownLatch(ACKNOWLEDGED_BEFORE_KILL);
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            String name = "writer " + w;
            Thread writer = new Thread(() -> {
                try {
                    for (int i = 0; ; i++) {
                        acknowledged.put(running.message(alice, thread, name + " " + i), name + " " + i);
                        enough.countDown();
                    }
                } catch (UncheckedIOException e) {
                    // the service was killed
                }
            });
            writers.add(writer);
            writer.start();
        }
        assertThat(enough.await(60, TimeUnit.SECONDS)).isTrue();
        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        for (Thread writer : writers) {
            writer.join(30_000);
        }
        assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(ACKNOWLEDGED_BEFORE_KILL);
    }

    private static String endpoint(Process process) throws IOException {
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith("READY ")) {
                Thread drain = new Thread(() -> output.lines().forEach(rest -> {}));
                drain.setDaemon(true);
                drain.start();
                return line.substring(6);
            }
        }
        throw new IOException("the service did not start");
    }

    private static Map<String, String> messages(TestService service, User user, String thread) {
        Map<String, String> found = new HashMap<>();
        String link = "/chat/threads/" + thread + "/messages?maxPageSize=200";
        while (link != null) {
            TestService.Answer page = service.get(user, link);
            for (JsonNode message : page.json().path("value")) {
                found.put(
                        message.path("id").asText(),
                        message.at("/content/message").asText());
            }
            link = page.text("nextLink");
        }
        return found;
    }
}
