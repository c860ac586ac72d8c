package dev.chatgateway.socket;

import static dev.chatgateway.socket.RawPeer.LAST;
import static dev.chatgateway.socket.RawPeer.MORE;
import static dev.chatgateway.socket.RawPeer.PING;
import static dev.chatgateway.socket.RawPeer.PONG;
import static dev.chatgateway.socket.RawPeer.TEXT;
import static dev.chatgateway.socket.RawPeer.TEXT_BEGIN;
import static dev.chatgateway.socket.RawPeer.frame;
import static dev.chatgateway.socket.RawPeer.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages in fragments (RFC 6455 section 5.4). */
class ConformanceFragmentsTest {
    @RegisterExtension
    static final BothTransports GATEWAYS = new BothTransports();

    @BothTransports.OnBoth
    void fragmented_message_is_one_message(BothTransports.Kind kind) throws IOException {
        byte[] text = request("in pieces").getBytes(StandardCharsets.UTF_8);
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (int size : new int[] {1, 2, 7, text.length - 1, text.length}) {
                peer.send(fragments(text, size));
                assertThat(peer.reply().getString("id")).isEqualTo("in pieces");
            }
            peer.sendCut(1, fragments(text, 3));
            assertThat(peer.reply().getString("id")).isEqualTo("in pieces");
            peer.assertOpen();
        }
    }

    @BothTransports.OnBoth
    void fragments_may_be_empty(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(TEXT_BEGIN, ""), frame(MORE, ""), frame(MORE, request("full")), frame(MORE, ""), end(""));
            assertThat(peer.reply().getString("id")).isEqualTo("full");
            peer.send(frame(TEXT_BEGIN, ""), frame(MORE, ""), end(""));
            assertThat(peer.reply().getJsonObject("error").getInteger("code")).isEqualTo(-32700);
            peer.assertOpen();
        }
    }

    @BothTransports.OnBoth
    void small_fragments_may_add_up_to_the_limit(BothTransports.Kind kind) throws IOException {
        byte[] text = new byte[BothTransports.FRAME_LIMIT];
        Arrays.fill(text, (byte) ' ');
        byte[] request = request("long").getBytes(StandardCharsets.UTF_8);
        System.arraycopy(request, 0, text, text.length - request.length, request.length);
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (int size : new int[] {64, 256, 1_024, 32_768}) {
                peer.send(fragments(text, size));
                assertThat(peer.reply().getString("id")).isEqualTo("long");
            }
        }
    }

    @BothTransports.OnBoth
    void fragments_over_the_limit_in_sum_close_with_1009(BothTransports.Kind kind) throws IOException {
        byte[] text = new byte[BothTransports.FRAME_LIMIT + 1];
        Arrays.fill(text, (byte) ' ');
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(fragments(text, 8_192));
            assertThat(peer.closeCode()).isEqualTo(1009);
        }
    }

    @BothTransports.OnBoth
    void ping_between_fragments_is_answered_before_the_message(BothTransports.Kind kind) throws IOException {
        String text = request("with pings");
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(
                    frame(TEXT_BEGIN, text.substring(0, 9)),
                    frame(PING, "1"),
                    frame(PONG, "nobody asked"),
                    frame(MORE, text.substring(9, 20)),
                    frame(PING, "2"),
                    end(text.substring(20)));
            assertThat(peer.next().data()).isEqualTo(new byte[] {'1'});
            assertThat(peer.next().data()).isEqualTo(new byte[] {'2'});
            assertThat(peer.reply().getString("id")).isEqualTo("with pings");
        }
    }

    @BothTransports.OnBoth
    void ping_after_the_first_fragment_is_answered_at_once(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(TEXT_BEGIN, "{"), frame(PING, "?"));
            assertThat(peer.next().head()).isEqualTo(PONG);
            peer.send(end(request("rest").substring(1)));
            assertThat(peer.reply().getString("id")).isEqualTo("rest");
        }
    }

    @BothTransports.OnBoth
    void continuation_without_a_first_frame_closes_with_1002(BothTransports.Kind kind) throws IOException {
        assertThat(closeAfter(kind, frame(MORE, "x"))).isEqualTo(1002);
        assertThat(closeAfter(kind, end("x"))).isEqualTo(1002);
        assertThat(closeAfter(kind, end(""))).isEqualTo(1002);
    }

    @BothTransports.OnBoth
    void continuation_after_a_complete_message_closes_with_1002(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            byte[] text = request("whole").getBytes(StandardCharsets.UTF_8);
            peer.send(frame(TEXT, text));
            assertThat(peer.reply().getString("id")).isEqualTo("whole");
            peer.send(fragments(text, 10));
            assertThat(peer.reply().getString("id")).isEqualTo("whole");
            peer.send(end("more"));
            assertThat(peer.closeCode()).isEqualTo(1002);
        }
    }

    @BothTransports.OnBoth
    void new_message_inside_another_closes_with_1002(BothTransports.Kind kind) throws IOException {
        assertThat(closeAfter(kind, frame(TEXT_BEGIN, "{"), frame(TEXT, request("new"))))
                .isEqualTo(1002);
        assertThat(closeAfter(kind, frame(TEXT_BEGIN, "{"), frame(TEXT_BEGIN, "{")))
                .isEqualTo(1002);
        assertThat(closeAfter(kind, frame(TEXT_BEGIN, "{"), frame(0x82, "x"))).isEqualTo(1002);
    }

    @BothTransports.OnBoth
    void close_between_fragments_is_answered(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(TEXT_BEGIN, "{"), RawPeer.close(1001, ""), end("}"));
            assertThat(peer.closeCode()).isEqualTo(1001);
            peer.assertEnds();
        }
    }

    private static byte[] end(String text) {
        return frame(LAST, text);
    }

    private static byte[] fragments(byte[] text, int size) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int at = 0; at < text.length; at += size) {
            int opcode = at == 0 ? 1 : 0;
            int last = at + size >= text.length ? 0x80 : 0;
            all.writeBytes(frame(last | opcode, Arrays.copyOfRange(text, at, Math.min(text.length, at + size))));
        }
        return all.toByteArray();
    }

    /** The last frame is sent in a packet of its own, because Vert.x loses the close frame otherwise. */
    private static int closeAfter(BothTransports.Kind kind, byte[]... frames) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (int i = 0; i < frames.length - 1; i++) {
                peer.send(frames[i], frame(PING, "taken?"));
                assertThat(peer.next().head()).isEqualTo(PONG);
            }
            peer.send(frames[frames.length - 1]);
            return peer.closeCode();
        }
    }
}
