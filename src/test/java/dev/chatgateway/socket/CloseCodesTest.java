package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.socket.connection.HandshakeTest;
import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The close codes, except 4401, 4406 and 4408 at the upgrade ({@link HandshakeTest}). */
class CloseCodesTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("limits.frameBytes", "32768")
            .with("limits.connectionsPerUser", "2")
            .with("limits.requestsPerSecond", "5")
            .with("limits.requestsBurst", "20")
            .with("limits.pingSeconds", "2")
            .with("limits.idleSeconds", "6");

    @Test
    void binary_message_closes_with_1003() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            socket.sendBinary(new byte[] {1});
            assertThat(socket.closeCode()).isEqualTo(1003);
        }
    }

    @Test
    void oversized_message_closes_with_1009() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            socket.sendText("x".repeat(32_769));
            assertThat(socket.closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void oversized_fragmented_message_closes_with_1009() throws IOException {
        byte[] part = "x".repeat(20_000).getBytes(StandardCharsets.US_ASCII);
        assertThat(closeCode(frame(0x01, part), frame(0x80, part))).isEqualTo(1009);
    }

    @Test
    void invalid_utf8_closes_with_1007() throws IOException {
        assertThat(closeCode(frame(0x81, new byte[] {'"', (byte) 0xc3, (byte) 0x28, '"'})))
                .isEqualTo(1007);
    }

    @Test
    void malformed_frame_closes_with_1002() throws IOException {
        assertThat(closeCode(frame(0x81 | 0x40, new byte[] {'a'}))).isEqualTo(1002);
    }

    @Test
    void ten_frames_that_are_not_json_rpc_close_with_4400() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            for (int i = 0; i < 10; i++) {
                socket.sendText("nonsense");
            }
            assertThat(socket.closeCode()).isEqualTo(4400);
            assertThat(socket.received()).allMatch(e -> e.toString().contains("-32700"));
        }
    }

    @Test
    void ten_batches_of_junk_close_with_4400() {
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            for (int i = 0; i < 10; i++) {
                socket.sendText("[1,{}]");
            }
            assertThat(socket.closeCode()).isEqualTo(4400);
        }
    }

    @Test
    void another_users_token_closes_with_4403() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            socket.send(new JsonObject()
                    .put("jsonrpc", "2.0")
                    .put("id", 9)
                    .put("method", "authenticate")
                    .put("params", new JsonObject().put("token", ben.token())));
            assertThat(socket.closeCode()).isEqualTo(4403);
        }
    }

    @Test
    void newer_token_of_the_same_user_replaces_the_token() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            ServiceUser again = ServiceUser.ofId(GATEWAY, ann.id());
            assertThat(socket.call("authenticate", new JsonObject().put("token", again.token())))
                    .isNotEmpty();
            assertThat(socket.call("listChatThreads", new JsonObject())).isNotEmpty();
        }
    }

    @Test
    void refused_token_is_an_error_and_the_connection_stays() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = ChatSocket.open(GATEWAY)) {
            String forged = ann.token().substring(0, ann.token().lastIndexOf('.')) + ".Zm9yZ2Vk";
            JsonObject error = socket.refused("authenticate", new JsonObject().put("token", forged));
            assertThat(error.getInteger("code")).isEqualTo(401);
            assertThat(error.encode()).doesNotContain(forged);
            assertThat(socket.refused("listChatThreads", new JsonObject()).getInteger("code"))
                    .isEqualTo(401);
            socket.call("authenticate", new JsonObject().put("token", ann.token()));
        }
    }

    @Test
    void too_many_connections_of_a_user_close_with_4409() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        try (ChatSocket one = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket two = ChatSocket.signIn(GATEWAY, ann);
                ChatSocket three = ChatSocket.open(GATEWAY, b -> b.header("Authorization", "Bearer " + ann.token()))) {
            assertThat(three.closeCode()).isEqualTo(4409);
            assertThat(one.open()).isTrue();
            assertThat(two.open()).isTrue();
        }
    }

    @Test
    void requests_over_the_rate_get_errors_then_close_4429() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        try (ChatSocket socket = ChatSocket.signIn(GATEWAY, ann)) {
            for (int i = 0; i < 60 && socket.open(); i++) {
                try {
                    socket.sendText("{\"jsonrpc\":\"2.0\",\"id\":\"x" + i + "\",\"method\":\"ping\"}");
                } catch (java.util.concurrent.CompletionException closed) {
                    break;
                }
            }
            assertThat(socket.closeCode()).isEqualTo(4429);
            assertThat(socket.received().toString()).contains("retryAfterMs");
        }
    }

    @Test
    void peer_that_answers_no_pings_is_closed_with_4408() throws IOException {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        String authenticate = new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", 1)
                .put("method", "authenticate")
                .put("params", new JsonObject().put("token", ann.token()))
                .encode();
        assertThat(closeCode(frame(0x81, authenticate.getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(4408);
    }

    /** Sends raw frames after an upgrade, answers nothing, and reads until the close frame. */
    private static int closeCode(byte[]... frames) throws IOException {
        int port = GATEWAY.endpoints().http().getPort();
        try (Socket socket = new Socket("localhost", port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream()
                    .write(("GET /ws HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: Upgrade\r\n"
                                    + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            DataInputStream in = new DataInputStream(socket.getInputStream());
            readHead(in);
            for (byte[] frame : frames) {
                socket.getOutputStream().write(frame);
            }
            while (true) {
                int opcode = in.readUnsignedByte() & 0x0f;
                int length = in.readUnsignedByte();
                if (length == 126) {
                    length = in.readUnsignedShort();
                }
                byte[] payload = in.readNBytes(length);
                if (opcode == 8) {
                    return (payload[0] & 0xff) << 8 | payload[1] & 0xff;
                }
            }
        }
    }

    private static void readHead(DataInputStream in) throws IOException {
        int newlines = 0;
        while (newlines < 2) {
            int c = in.readUnsignedByte();
            newlines = c == '\n' ? newlines + 1 : c == '\r' ? newlines : 0;
        }
    }

    /** A frame masked with zeros. */
    private static byte[] frame(int first, byte[] payload) {
        int header = payload.length < 126 ? 6 : 8;
        byte[] frame = new byte[header + payload.length];
        frame[0] = (byte) first;
        if (payload.length < 126) {
            frame[1] = (byte) (0x80 | payload.length);
        } else {
            frame[1] = (byte) (0x80 | 126);
            frame[2] = (byte) (payload.length >> 8);
            frame[3] = (byte) payload.length;
        }
        System.arraycopy(payload, 0, frame, header, payload.length);
        return frame;
    }
}
