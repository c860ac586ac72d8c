package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** permessage-deflate (RFC 7692) with peers that deflate, peers that do not, and peers that break the protocol. */
class CompressionTest {
    private static final int FRAME_LIMIT = 32_768;
    private static final int DEFLATED_TEXT = 0xc1;
    private static final int TAIL = 4;
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("process.eventLoops", "1")
            .with("compression.enabled", "true")
            .with("compression.minBytes", "1024")
            .with("compression.minReceivers", "2")
            .with("limits.frameBytes", Integer.toString(FRAME_LIMIT));

    private final ServiceUser ann = ServiceUser.create(GATEWAY);
    private final String thread = ann.createThread("Long talks");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "permessage-deflate | client_no_context_takeover",
                "permessage-deflate; client_max_window_bits | client_no_context_takeover",
                "permessage-deflate; client_max_window_bits=10 | client_no_context_takeover",
                "permessage-deflate; server_max_window_bits=15 | client_no_context_takeover; server_max_window_bits=15",
                "permessage-deflate; SERVER_max_window_bits=\"15\" | client_no_context_takeover; server_max_window_bits=15",
                "permessage-deflate; client_max_window_bits=8 | client_no_context_takeover",
                "permessage-deflate; client_max_window_bits=16 | ",
                "permessage-deflate; client_max_window_bits=7 | ",
                "permessage-deflate; client_max_window_bits=08 | ",
                "permessage-deflate; client_max_window_bits=x | ",
                "permessage-deflate; client_max_window_bits; client_max_window_bits=10 | ",
                "permessage-deflate; client_no_context_takeover; client_no_context_takeover | ",
                "permessage-deflate; server_max_window_bits | ",
                "permessage-deflate; client_max_window_bits=16, permessage-deflate; server_no_context_takeover | server_no_context_takeover; client_no_context_takeover",
                "permessage-deflate client_max_window_bits | ",
                "permessage-deflate; =, permessage-deflate | client_no_context_takeover",
                "; | ",
                "permessage-deflate; x=\" | ",
                "permessage-deflate; server_no_context_takeover | server_no_context_takeover; client_no_context_takeover",
                "x-other, permessage-deflate | client_no_context_takeover",
                "permessage-deflate; server_max_window_bits=10, permessage-deflate | client_no_context_takeover",
                "permessage-deflate; server_max_window_bits=10 | ",
                "permessage-deflate; server_no_context_takeover=1 | ",
                "permessage-deflate; unheard_of | ",
                "x-webkit-deflate-frame | ",
                "; , =, | ",
            })
    void acceptable_offer_is_negotiated(String offer, String taken) throws IOException {
        try (RawPeer peer = new RawPeer(port(), "Sec-WebSocket-Extensions: " + offer + "\r\n", new byte[0])) {
            if (taken == null) {
                assertThat(peer.head()).doesNotContain("permessage-deflate");
            } else {
                assertThat(peer.head()).containsIgnoringCase("extensions: permessage-deflate; " + taken + "\r\n");
            }
            peer.assertOpen();
        }
    }

    @Test
    void shared_events_are_deflated_for_clients_that_negotiated() throws Exception {
        String talk = "All work and no play makes Jack a dull boy. ".repeat(60);
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0]);
                ChatSocket uncompressed = ChatSocket.signIn(GATEWAY, ann);
                Deflating second = new Deflating()) {
            peer.send(RawPeer.frame(RawPeer.TEXT, request(1, "authenticate", credentials())));
            assertThat(peer.reply().containsKey("result")).isTrue();
            peer.send(RawPeer.frame(RawPeer.TEXT, request(2, "subscribe", on())));
            assertThat(peer.reply().containsKey("result")).isTrue();
            uncompressed.call("subscribe", on());
            second.subscribe();

            uncompressed.call("sendMessage", on().put("content", talk));
            RawPeer.Received big = peer.next();
            uncompressed.call("sendMessage", on().put("content", "short"));
            RawPeer.Received small = peer.next();

            assertThat(big.head())
                    .as(new String(big.data(), StandardCharsets.UTF_8))
                    .isEqualTo(DEFLATED_TEXT);
            assertThat(big.data().length).isLessThan(1_000);
            assertThat(inflated(big.data()).getJsonObject("params").getString("message"))
                    .isEqualTo(talk);
            assertThat(small.head()).isEqualTo(RawPeer.TEXT);
            JsonObject expected = uncompressed.event("chatMessageReceived", e -> talk.equals(e.getString("message")));
            assertThat(inflated(big.data()).getJsonObject("params")).isEqualTo(expected);
            second.awaitTexts(talk, "short");
        }
    }

    @Test
    void event_for_one_receiver_is_not_deflated() throws Exception {
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0])) {
            peer.send(RawPeer.frame(RawPeer.TEXT, request(1, "authenticate", credentials())));
            peer.reply();
            peer.send(RawPeer.frame(RawPeer.TEXT, request(2, "subscribe", on())));
            peer.reply();
            ann.send(thread, "x".repeat(4_000));
            assertThat(peer.next().head()).isEqualTo(RawPeer.TEXT);
        }
    }

    @Test
    void deflated_requests_may_be_fragmented_or_early() throws Exception {
        byte[] request = deflated(RawPeer.request("early"));
        try (RawPeer peer = new RawPeer(port(), OFFER, RawPeer.frame(DEFLATED_TEXT, request))) {
            assertThat(peer.reply().getString("id")).isEqualTo("early");
            peer.send(RawPeer.frame(DEFLATED_TEXT, deflated(RawPeer.request("whole"))));
            assertThat(peer.reply().getString("id")).isEqualTo("whole");
            byte[] pieces = deflated(RawPeer.request("pieces"));
            peer.send(
                    RawPeer.frame(DEFLATED_TEXT & ~RawPeer.LAST, java.util.Arrays.copyOf(pieces, 5)),
                    RawPeer.frame(RawPeer.PING, "still here"),
                    RawPeer.frame(RawPeer.MORE, new byte[0]),
                    RawPeer.frame(RawPeer.LAST, java.util.Arrays.copyOfRange(pieces, 5, pieces.length)));
            assertThat(peer.next().head()).isEqualTo(RawPeer.PONG);
            assertThat(peer.reply().getString("id")).isEqualTo("pieces");
            peer.assertOpen();
        }
    }

    @Test
    void decompression_bomb_closes_with_1009() throws Exception {
        byte[] bomb = deflated("x".repeat(20_000_000));
        assertThat(bomb.length).isLessThan(FRAME_LIMIT);
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0])) {
            peer.send(RawPeer.frame(DEFLATED_TEXT, bomb));
            assertThat(peer.closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void deflated_fragments_over_the_limit_close_with_1009() throws Exception {
        byte[] piece = new byte[FRAME_LIMIT / 2 + 1];
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0])) {
            peer.send(RawPeer.frame(DEFLATED_TEXT & ~RawPeer.LAST, piece), RawPeer.frame(RawPeer.LAST, piece));
            assertThat(peer.closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void data_that_are_not_deflated_close_with_1007() throws Exception {
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0])) {
            peer.send(RawPeer.frame(DEFLATED_TEXT, new byte[] {(byte) 0xff, 0x00, 0x12, 0x34, 0x56}));
            assertThat(peer.closeCode()).isEqualTo(1007);
        }
    }

    @Test
    void invalid_utf8_in_deflated_data_closes_with_1007() throws Exception {
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0])) {
            peer.send(RawPeer.frame(DEFLATED_TEXT, deflated(new byte[] {'"', (byte) 0xc3, 0x28, '"'})));
            assertThat(peer.closeCode()).isEqualTo(1007);
        }
    }

    /** First bytes of frames with reserved bits: RSV2, RSV3, and RSV1 on a ping, a pong and a close. */
    @ParameterizedTest
    @ValueSource(ints = {0xa1, 0x91, 0xe1, 0xc9, 0xca, 0xc8})
    void other_reserved_bits_close_with_1002(int head) throws Exception {
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0])) {
            peer.send(RawPeer.frame(head, deflated("{}")));
            assertThat(peer.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void rsv1_on_a_continuation_closes_with_1002() throws Exception {
        try (RawPeer peer = new RawPeer(port(), OFFER, new byte[0])) {
            peer.send(RawPeer.frame(RawPeer.TEXT_BEGIN, "{"), RawPeer.frame(0xc0, "}"));
            assertThat(peer.closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void rsv1_without_negotiation_closes_with_1002() throws Exception {
        try (RawPeer peer = new RawPeer(port(), new byte[0])) {
            assertThat(peer.head()).doesNotContainIgnoringCase("permessage-deflate");
            peer.send(RawPeer.frame(DEFLATED_TEXT, deflated("{}")));
            assertThat(peer.closeCode()).isEqualTo(1002);
        }
    }

    private static int port() {
        return GATEWAY.endpoints().http().getPort();
    }

    private JsonObject credentials() {
        return new JsonObject().put("token", ann.token());
    }

    private JsonObject on() {
        return new JsonObject().put("threadId", thread);
    }

    private static String request(int id, String method, JsonObject params) {
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params)
                .encode();
    }

    private static byte[] deflated(String text) {
        return deflated(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] deflated(byte[] text) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(text);
        byte[] block = new byte[64 * 1024];
        int length = deflater.deflate(block, 0, block.length, Deflater.SYNC_FLUSH);
        deflater.end();
        return java.util.Arrays.copyOf(block, length - TAIL);
    }

    private static JsonObject inflated(byte[] data) throws Exception {
        Inflater inflater = new Inflater(true);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(data);
        all.writeBytes(new byte[] {0, 0, (byte) 0xff, (byte) 0xff});
        inflater.setInput(all.toByteArray());
        byte[] text = new byte[64 * 1024];
        int length = inflater.inflate(text);
        inflater.end();
        return new JsonObject(new String(text, 0, length, StandardCharsets.UTF_8));
    }

    /** A client that implements permessage-deflate itself, in both directions. */
    private final class Deflating implements AutoCloseable {
        private final Vertx vertx = Vertx.vertx();
        private final WebSocketClient client = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setTryUsePerMessageCompression(true)
                .setCompressionAllowClientNoContext(true));
        private final List<JsonObject> received = new CopyOnWriteArrayList<>();
        private final WebSocket socket;

        Deflating() throws Exception {
            socket = client.connect(port(), "localhost", "/ws")
                    .onSuccess(open -> open.textMessageHandler(text -> received.add(new JsonObject(text))))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
        }

        void subscribe() {
            socket.writeTextMessage(request(1, "authenticate", credentials()));
            socket.writeTextMessage(request(2, "subscribe", on()));
            Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> received.stream()
                    .anyMatch(answer -> Integer.valueOf(2).equals(answer.getInteger("id"))));
            assertThat(received).allMatch(answer -> answer.containsKey("result"));
        }

        void awaitTexts(String... texts) {
            Awaitility.await().atMost(20, TimeUnit.SECONDS).untilAsserted(() -> assertThat(received.stream()
                            .filter(event -> "chatMessageReceived".equals(event.getString("method")))
                            .map(event -> event.getJsonObject("params").getString("message")))
                    .containsExactly(texts));
        }

        @Override
        public void close() throws Exception {
            vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }
}
