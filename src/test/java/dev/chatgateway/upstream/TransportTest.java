package dev.chatgateway.upstream;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tls.DevelopmentCertificates;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.client.TrustedAuthorities;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.client.WebChatService;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections: what was certainly not sent may be sent again, what may have been sent never is. */
class TransportTest {
    private final Vertx vertx = Vertx.vertx();
    private final List<WebChatService> clients = new ArrayList<>();

    @TempDir
    Path directory;

    @AfterEach
    void stop() {
        clients.forEach(WebChatService::close);
        get(vertx.close());
    }

    @Test
    void http_2_is_spoken_where_it_is_offered_and_http_1_1_elsewhere() throws Exception {
        DevelopmentCertificates certificates = DevelopmentCertificates.loadOrCreate(directory, List.of());
        for (boolean offered : List.of(true, false)) {
            List<HttpVersion> versions = new CopyOnWriteArrayList<>();
            AtomicInteger connections = new AtomicInteger();
            HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                            .setSsl(true)
                            .setUseAlpn(offered)
                            .setKeyCertOptions(new PemKeyCertOptions()
                                    .addCertPath(certificates.certificate().toString())
                                    .addKeyPath(certificates.key().toString())))
                    .connectionHandler(connection -> connections.incrementAndGet())
                    .requestHandler(request -> {
                        versions.add(request.version());
                        request.response().end("{}");
                    })
                    .listen(0, "127.0.0.1")
                    .await(20, TimeUnit.SECONDS);
            WebChatService client = client(
                    URI.create("https://localhost:" + server.actualPort()), List.of(certificates.authority()), 8);
            for (int i = 0; i < 20; i++) {
                get(client.call(read()));
            }
            List<Future<ChatService.Reply>> together = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                together.add(client.call(read()));
            }
            get(Future.all(together));
            assertThat(versions).hasSize(44).containsOnly(offered ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
            assertThat(connections.get()).isBetween(1, offered ? 1 : 8);
        }
    }

    @Test
    void write_is_repeated_until_the_service_can_be_reached() throws Exception {
        int port = free();
        WebChatService client = client(URI.create("http://127.0.0.1:" + port), List.of(), 8);
        Future<ChatService.Reply> sent = client.call(write());
        List<String> arrived = new CopyOnWriteArrayList<>();
        vertx.createHttpServer()
                .requestHandler(request -> {
                    arrived.add(request.uri());
                    request.response().setStatusCode(201).end("{\"id\":\"1\"}");
                })
                .listen(port, "127.0.0.1")
                .await(20, TimeUnit.SECONDS);
        assertThat(get(sent).status()).isEqualTo(201);
        assertThat(arrived).hasSize(1);
    }

    @Test
    void a_reset_after_the_request_leaves_a_write_in_doubt() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread resetter = new Thread(() -> {
                while (true) {
                    try (Socket socket = server.accept()) {
                        if (socket.getInputStream().read(new byte[16_384]) > 0) {
                            requests.incrementAndGet();
                        }
                        socket.setSoLinger(true, 0);
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            resetter.setDaemon(true);
            resetter.start();
            WebChatService client = client(URI.create("http://127.0.0.1:" + server.getLocalPort()), List.of(), 8);
            ChatServiceException lost =
                    catchThrowableOfType(ChatServiceException.class, () -> get(client.call(write())));
            assertThat(lost.kind()).isEqualTo(Kind.IN_DOUBT);
            assertThat(requests.get()).isEqualTo(1);
        }
    }

    @Test
    void calls_beyond_the_queue_fail_at_once() throws Exception {
        AtomicInteger arrived = new AtomicInteger();
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> arrived.incrementAndGet())
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS);
        WebChatService client = client(URI.create("http://127.0.0.1:" + server.actualPort()), List.of(), 1);
        client.call(read());
        await().until(() -> arrived.get() == 1);
        // One connection is busy, three calls wait for it: the fifth is one too many.
        List<Future<ChatService.Reply>> others = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            others.add(client.call(read()));
        }
        await().until(() -> others.stream().anyMatch(Future::failed));
        Future<ChatService.Reply> refused =
                others.stream().filter(Future::failed).findFirst().orElseThrow();
        assertThat(refused.cause()).hasMessage("Too many calls of the chat service are waiting.");
        assertThat(others.stream().filter(Future::isComplete)).hasSize(1);
    }

    private static ChatCall read() {
        return ChatCall.of(ChatOperation.GET_THREAD, Tokens.of("a"), "t", Priority.HISTORY);
    }

    private static ChatCall write() {
        return ChatCall.of(ChatOperation.SEND_MESSAGE, Tokens.of("a"), "t", Priority.SEND)
                .body(new JsonObject().put("content", "x"));
    }

    private WebChatService client(URI endpoint, List<Path> authorities, int connections) {
        WebChatService client = new WebChatService(
                vertx,
                new UpstreamOptions(
                        endpoint,
                        "2025-03-15",
                        TrustedAuthorities.with(authorities),
                        connections,
                        10_000,
                        20_000,
                        3,
                        3 * connections),
                new RateLimiter(RateWindows.none()),
                new GatewayMetrics(new SimpleMeterRegistry()),
                Timers.of(vertx),
                Clock.systemUTC(),
                new Random(1),
                Tracer.NONE);
        clients.add(client);
        return client;
    }

    private static int free() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
