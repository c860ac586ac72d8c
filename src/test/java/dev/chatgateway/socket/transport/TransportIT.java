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

/** What is written past Vert.x is, byte for byte, what Vert.x would have written. */
class TransportIT {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void both_ways_give_the_same_bytes() throws Exception {
        Consumer<Transport> script = wire -> {
            wire.write(Frame.of("{}"));
            for (int length : new int[] {125, 126, 127, 65_535, 65_536, 70_000}) {
                wire.write(Frame.of("x".repeat(length)));
            }
            wire.write(Frame.of("Grüße, \uD83D\uDE00 und 漢字"));
            wire.write(Frame.of("half \uD83D a pair \uDE00"));
            for (FrameBatch run : FrameBatch.of(List.of(Frame.of("one"), Frame.of("two"), Frame.of("drei ä")), 2)) {
                wire.write(run);
                wire.write(run);
            }
            wire.ping();
            wire.write(Frame.of("last"));
            wire.close(4413, "tooSlow");
        };

        byte[] plain = bytes(VertxTransport::new, script);
        byte[] raw = bytes(this::raw, script);

        assertThat(raw).isEqualTo(plain);
        assertThat(raw.length).isGreaterThan(200_000);
    }

    private Transport raw(ServerWebSocket socket) {
        Transport wire = ChannelTakeOver.over(socket, new FlushLoop(ContextInternal.current(), 200, null), false);
        assertThat(wire).isInstanceOf(NettyTransport.class);
        return wire;
    }

    /** All that a peer gets after the upgrade; the peer itself says nothing, so the limit for closing ends it. */
    private byte[] bytes(Function<ServerWebSocket, Transport> wires, Consumer<Transport> script) throws Exception {
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                        .setPerMessageWebSocketCompressionSupported(false)
                        .setPerFrameWebSocketCompressionSupported(false)
                        .setWebSocketClosingTimeout(1))
                .requestHandler(request -> request.toWebSocket().onSuccess(socket -> {
                    Transport wire = wires.apply(socket);
                    wire.open(new Deaf());
                    script.accept(wire);
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

    private static final class Deaf implements Transport.User {
        @Override
        public void frame(Transport.Opcode opcode, boolean last, ByteBuffer data) {}

        @Override
        public void closing() {}

        @Override
        public void drained() {}

        @Override
        public void behind() {}

        @Override
        public void ended(int code) {}
    }
}
