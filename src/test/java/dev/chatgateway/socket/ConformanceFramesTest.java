package dev.chatgateway.socket;

import static dev.chatgateway.socket.RawPeer.TEXT;
import static dev.chatgateway.socket.RawPeer.frame;
import static dev.chatgateway.socket.RawPeer.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.protocol.RpcError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Frames one by one (RFC 6455 section 5.2): lengths, packets, masks, reserved bits and opcodes. */
class ConformanceFramesTest {
    private static final int[] LENGTHS = {125, 126, 127, 128, 4_096, 65_535, 65_536, BothTransports.FRAME_LIMIT};

    @RegisterExtension
    static final BothTransports GATEWAYS = new BothTransports();

    @BothTransports.OnBoth
    void each_length_encoding_is_accepted(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (int length : LENGTHS) {
                peer.send(frame(TEXT, padded(length)));
                assertThat(peer.reply().getString("id")).isEqualTo("of " + length);
            }
        }
    }

    @BothTransports.OnBoth
    void packets_may_split_a_frame_anywhere(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (int length : new int[] {125, 126, 1_000}) {
                peer.sendCut(1, frame(TEXT, padded(length)));
                assertThat(peer.reply().getString("id")).isEqualTo("of " + length);
            }
            peer.sendCut(997, frame(TEXT, padded(65_536)));
            assertThat(peer.reply().getString("id")).isEqualTo("of 65536");
        }
    }

    @BothTransports.OnBoth
    void empty_text_is_a_message_that_is_not_json(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(TEXT, ""));
            assertThat(peer.reply().getJsonObject("error").getInteger("code")).isEqualTo(RpcError.PARSE);
            peer.assertOpen();
        }
    }

    @BothTransports.OnBoth
    void frames_in_one_packet_are_answered_in_order(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            List<byte[]> frames = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                frames.add(frame(TEXT, request("n" + i)));
            }
            peer.send(frames.toArray(byte[][]::new));
            for (int i = 0; i < 500; i++) {
                assertThat(peer.reply().getString("id")).isEqualTo("n" + i);
            }
        }
    }

    @BothTransports.OnBoth
    void oversized_frame_closes_with_1009_before_its_data_arrive(BothTransports.Kind kind) throws IOException {
        byte[] frame = frame(TEXT, 8, new byte[BothTransports.FRAME_LIMIT + 1]);
        byte[] head = Arrays.copyOf(frame, 14);
        assertThat(closeAfter(kind, head)).isEqualTo(1009);
    }

    @BothTransports.OnBoth
    void binary_message_closes_with_1003(BothTransports.Kind kind) throws IOException {
        for (byte[] data : List.of(new byte[0], new byte[] {1}, new byte[70_000])) {
            assertThat(closeAfter(kind, frame(0x82, data))).isEqualTo(1003);
        }
        assertThat(closeAfter(kind, frame(0x02, new byte[0]))).isEqualTo(1003);
    }

    @BothTransports.OnBoth
    void reserved_bits_close_with_1002(BothTransports.Kind kind) throws IOException {
        for (int bits = 0x10; bits < 0x80; bits += 0x10) {
            assertThat(closeAfter(kind, frame(TEXT | bits, request("x")))).isEqualTo(1002);
            assertThat(closeAfter(kind, frame(RawPeer.PING | bits, ""))).isEqualTo(1002);
            assertThat(closeAfter(kind, frame(RawPeer.CLOSE | bits, ""))).isEqualTo(1002);
        }
    }

    @BothTransports.OnBoth
    void reserved_opcodes_close_with_1002(BothTransports.Kind kind) throws IOException {
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
            assertThat(closeAfter(kind, frame(0x80 | opcode, ""))).isEqualTo(1002);
            assertThat(closeAfter(kind, frame(0x80 | opcode, "data"))).isEqualTo(1002);
        }
    }

    @Test
    void frames_before_a_malformed_one_are_answered_later_ones_not() throws IOException {
        try (RawPeer peer = GATEWAYS.connect(BothTransports.Kind.NETTY)) {
            peer.send(frame(TEXT, request("before")), frame(0x83, ""), frame(TEXT, request("after")));
            assertThat(peer.reply().getString("id")).isEqualTo("before");
            assertThat(peer.closeCode()).isEqualTo(1002);
            peer.assertEnds();
        }
    }

    @BothTransports.OnBoth
    void unmasked_frame_closes_with_1002(BothTransports.Kind kind) throws IOException {
        assertThat(closeAfter(kind, new byte[] {(byte) TEXT, 2, '{', '}'})).isEqualTo(1002);
        assertThat(closeAfter(kind, new byte[] {(byte) RawPeer.PING, 0})).isEqualTo(1002);
    }

    @BothTransports.OnBoth
    void lengths_not_in_shortest_form_close_with_1002(BothTransports.Kind kind) throws IOException {
        assertThat(closeAfter(kind, frame(TEXT, 2, new byte[125]))).isEqualTo(1002);
        assertThat(closeAfter(kind, Arrays.copyOf(frame(TEXT, 8, new byte[65_535]), 14)))
                .isEqualTo(1002);
        byte[] negative = {(byte) TEXT, (byte) 0xff, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0};
        assertThat(closeAfter(kind, negative)).isEqualTo(1002);
    }

    @BothTransports.OnBoth
    void frames_sent_with_the_upgrade_are_not_lost(BothTransports.Kind kind) throws IOException {
        ByteArrayOutputStream early = new ByteArrayOutputStream();
        early.writeBytes(frame(TEXT, request("early")));
        early.writeBytes(frame(RawPeer.PING, "early"));
        byte[] cut = frame(TEXT, request("cut"));
        early.write(cut, 0, 9);
        try (RawPeer peer = new RawPeer(GATEWAYS.port(kind), early.toByteArray())) {
            List<RawPeer.Received> both = List.of(peer.next(), peer.next());
            assertThat(both).extracting(RawPeer.Received::head).containsExactlyInAnyOrder(TEXT, RawPeer.PONG);
            peer.send(Arrays.copyOfRange(cut, 9, cut.length));
            assertThat(peer.reply().getString("id")).isEqualTo("cut");
            peer.assertOpen();
        }
    }

    @Test
    void malformed_frame_sent_with_the_upgrade_closes_with_1002() throws IOException {
        try (RawPeer peer = new RawPeer(GATEWAYS.port(BothTransports.Kind.NETTY), frame(0x83, "early"))) {
            assertThat(peer.closeCode()).isEqualTo(1002);
        }
    }

    private static int closeAfter(BothTransports.Kind kind, byte[] frame) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame);
            return peer.closeCode();
        }
    }

    /** A request of exactly that many bytes. */
    private static byte[] padded(int length) {
        String request = request("of " + length);
        return (request + " ".repeat(length - request.length())).getBytes(StandardCharsets.US_ASCII);
    }
}
