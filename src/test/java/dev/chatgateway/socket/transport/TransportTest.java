package dev.chatgateway.socket.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.ContextInternal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Both transports write the same bytes. */
class TransportTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void both_transports_write_the_same_bytes() throws Exception {
        Consumer<Transport> script = transport -> {
            transport.write(Frame.of("{}"));
            for (int length : new int[] {125, 126, 127, 65_535, 65_536, 70_000}) {
                transport.write(Frame.of("x".repeat(length)));
            }
            transport.write(Frame.of("Grüße, \uD83D\uDE00 und 漢字"));
            transport.write(Frame.of("half \uD83D a pair \uDE00"));
            for (FrameBatch batch : FrameBatch.of(List.of(Frame.of("one"), Frame.of("two"), Frame.of("drei ä")), 2)) {
                transport.write(batch);
                transport.write(batch);
            }
            transport.ping();
            transport.write(Frame.of("last"));
            transport.close(4413, "tooSlow");
        };

        byte[] vertxBytes = bytes(VertxTransport::new, script);
        byte[] nettyBytes = bytes(this::nettyTransport, script);

        assertThat(nettyBytes).isEqualTo(vertxBytes);
        assertThat(nettyBytes.length).isGreaterThan(200_000);
    }

    private Transport nettyTransport(ServerWebSocket socket) {
        Transport transport = ChannelTakeOver.over(socket, new FlushLoop(ContextInternal.current(), 200, null), false);
        assertThat(transport).isInstanceOf(NettyTransport.class);
        return transport;
    }

    /**
     * All bytes that a peer receives after the upgrade. The peer sends nothing, so the close time limit ends the
     * connection.
     */
    private byte[] bytes(Function<ServerWebSocket, Transport> factory, Consumer<Transport> script) throws Exception {
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                        .setPerMessageWebSocketCompressionSupported(false)
                        .setPerFrameWebSocketCompressionSupported(false)
                        .setWebSocketClosingTimeout(1))
                .requestHandler(request -> request.toWebSocket().onSuccess(socket -> {
                    Transport transport = factory.apply(socket);
                    transport.open(new NoListener());
                    script.accept(transport);
                }));
        server.listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        try (Socket socket = new Socket("127.0.0.1", server.actualPort())) {
            socket.setSoTimeout(20_000);
            String upgrade = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            socket.getOutputStream().write(upgrade.getBytes(StandardCharsets.US_ASCII));
            skipHead(socket.getInputStream());
            return socket.getInputStream().readAllBytes();
        }
    }

    private static void skipHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            head.write(in.read());
        }
        assertThat(head.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 101");
    }

    private static final class NoListener implements Transport.Listener {
        @Override
        public void frameReceived(Transport.Opcode opcode, boolean last, ByteBuffer data) {}

        @Override
        public void closeStarted() {}

        @Override
        public void writable() {}

        @Override
        public void backlogged() {}

        @Override
        public void closed(int code) {}
    }
}
