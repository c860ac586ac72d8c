package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A reader that is slow but reads stays connected, with large buffers of the operating system. */
class SlowReaderTest {
    private static final int LIMIT_SECONDS = 3;
    private static final int BYTES_A_SECOND = 80_000;
    private static final int CLOSE = 8;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("management.ingest", "true")
            .with("limits.outboundSeconds", Integer.toString(LIMIT_SECONDS))
            .with("limits.idleSeconds", "120");

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("slow");
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
    private int sent;

    @AfterEach
    void stop() {
        writer.shutdownNow();
    }

    @Test
    void reader_slower_than_its_events_is_kept() throws Exception {
        try (Socket socket = subscribed()) {
            writer.scheduleWithFixedDelay(this::ingest, 0, 100, TimeUnit.MILLISECONDS);
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            byte[] step = new byte[BYTES_A_SECOND / 10];
            // The test is about the speed of the reader.
            long startNanos = System.nanoTime();
            for (int i = 1; i <= 10 * 6 * LIMIT_SECONDS; i++) {
                long dueNanos = startNanos + i * 100_000_000L;
                Awaitility.await()
                        .pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> System.nanoTime() >= dueNanos);
                int length = socket.getInputStream().readNBytes(step, 0, step.length);
                assertThat(length).as("read before the end").isEqualTo(step.length);
                read.write(step, 0, length);
            }
            boolean resynced = new String(read.toByteArray(), StandardCharsets.UTF_8).contains("\"resync\"");
            assertThat(resynced).as("resync arrives behind small buffers only").isTrue();
        }
    }

    @Test
    void reader_that_resumes_after_4413_receives_the_close() throws Exception {
        try (Socket socket = subscribed()) {
            writer.scheduleWithFixedDelay(this::ingest, 0, 50, TimeUnit.MILLISECONDS);
            double before = closings();
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> closings() > before);

            assertThat(closeCode(socket.getInputStream())).isEqualTo(4413);
        }
    }

    private static double closings() {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_limits_hit_total{limit=\"outboundSeconds\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static int closeCode(InputStream from) throws IOException {
        DataInputStream in = new DataInputStream(from);
        while (true) {
            Frame frame;
            try {
                frame = next(in);
            } catch (EOFException | SocketException cut) {
                return 1006;
            }
            if (frame.opcode() == CLOSE) {
                return (frame.data()[0] & 0xff) << 8 | frame.data()[1] & 0xff;
            }
        }
    }

    private record Frame(int opcode, byte[] data) {}

    private static Frame next(DataInputStream in) throws IOException {
        int opcode = in.readUnsignedByte() & 0x0f;
        long length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] data = new byte[(int) length];
        in.readFully(data);
        return new Frame(opcode, data);
    }

    private void ingest() {
        JsonArray contents = new JsonArray();
        for (int i = 0; i < 20; i++) {
            contents.add(sent++ + " " + "x".repeat(5_000));
        }
        String path = "/ingest/threads/" + thread.replace(":", "%3A").replace("@", "%40") + "/messages";
        HttpRequest request = HttpRequest.newBuilder(
                        GATEWAY.endpoints().management().resolve(path))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(contents.encode()))
                .build();
        HTTP.sendAsync(request, HttpResponse.BodyHandlers.discarding()).join();
    }

    private Socket subscribed() throws IOException {
        int port = GATEWAY.endpoints().http().getPort();
        Socket socket = new Socket("localhost", port);
        socket.setSoTimeout(20_000);
        socket.getOutputStream()
                .write(("GET /ws HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: Upgrade\r\n"
                                + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer "
                                + ann.token() + "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            head.write(socket.getInputStream().read());
        }
        String subscribe = new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", 1)
                .put("method", "subscribe")
                .put("params", new JsonObject().put("threadId", thread))
                .encode();
        socket.getOutputStream().write(RawPeer.frame(RawPeer.TEXT, subscribe));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        while (!new String(next(in).data(), StandardCharsets.UTF_8).contains("\"id\":1")) {
            // Frames before the reply.
        }
        return socket;
    }
}
