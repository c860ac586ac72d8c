package dev.chatgateway.socket;

import static dev.chatgateway.socket.RawPeer.PING;
import static dev.chatgateway.socket.RawPeer.PONG;
import static dev.chatgateway.socket.RawPeer.frame;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pings and pongs (RFC 6455 section 5.5). */
class ConformanceControlTest {
    @RegisterExtension
    static final BothTransports GATEWAYS = new BothTransports();

    @BothTransports.OnBoth
    void ping_is_answered_with_its_data(BothTransports.Kind kind) throws IOException {
        Random random = new Random(4);
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (int length = 0; length <= 125; length++) {
                byte[] data = new byte[length];
                random.nextBytes(data);
                peer.send(frame(PING, data));
                assertPong(peer, data);
            }
        }
    }

    @BothTransports.OnBoth
    void ping_may_arrive_byte_by_byte(BothTransports.Kind kind) throws IOException {
        byte[] data = new byte[125];
        Arrays.fill(data, (byte) 0xfe);
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.sendCut(1, frame(PING, data));
            assertPong(peer, data);
        }
    }

    @BothTransports.OnBoth
    void pings_in_one_packet_are_answered_in_order(BothTransports.Kind kind) throws IOException {
        ByteArrayOutputStream pings = new ByteArrayOutputStream();
        for (int i = 0; i < 50; i++) {
            pings.writeBytes(frame(PING, "ping " + i));
        }
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(pings.toByteArray());
            for (int i = 0; i < 50; i++) {
                assertPong(peer, ("ping " + i).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            }
        }
    }

    @BothTransports.OnBoth
    void unsolicited_pongs_are_ignored(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(PONG, ""), frame(PONG, "unasked"), frame(PONG, new byte[125]), frame(PING, "p"));
            assertPong(peer, new byte[] {'p'});
            peer.assertOpen();
        }
    }

    @BothTransports.OnBoth
    void ping_between_messages_does_not_disturb_them(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(PING, "one"));
            assertPong(peer, new byte[] {'o', 'n', 'e'});
            peer.assertOpen();
            peer.send(frame(PING, "two"));
            assertPong(peer, new byte[] {'t', 'w', 'o'});
        }
    }

    @BothTransports.OnBoth
    void control_frames_of_126_bytes_close_with_1002(BothTransports.Kind kind) throws IOException {
        for (int head : new int[] {PING, PONG, RawPeer.CLOSE}) {
            assertClosed(kind, frame(head, new byte[126]));
            byte[] headOfLong = Arrays.copyOf(frame(head, new byte[65_536]), 14);
            assertClosed(kind, headOfLong);
        }
    }

    @BothTransports.OnBoth
    void fragmented_control_frames_close_with_1002(BothTransports.Kind kind) throws IOException {
        for (int opcode : new int[] {8, 9, 10}) {
            assertClosed(kind, frame(opcode, ""));
        }
    }

    private static void assertClosed(BothTransports.Kind kind, byte[] frame) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame);
            assertThat(peer.closeCode()).isEqualTo(1002);
        }
    }

    private static void assertPong(RawPeer peer, byte[] data) throws IOException {
        RawPeer.Received pong = peer.next();
        assertThat(pong.head()).isEqualTo(PONG);
        assertThat(pong.data()).isEqualTo(data);
    }
}
