package dev.chatgateway.socket;

import static dev.chatgateway.socket.RawPeer.CLOSE;
import static dev.chatgateway.socket.RawPeer.PING;
import static dev.chatgateway.socket.RawPeer.TEXT;
import static dev.chatgateway.socket.RawPeer.close;
import static dev.chatgateway.socket.RawPeer.frame;
import static dev.chatgateway.socket.RawPeer.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Closing handshakes (RFC 6455 sections 5.5.1 and 7). */
class ConformanceCloseTest {
    private static final int[] LAWFUL = {
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4408, 4999
    };
    private static final int[] UNLAWFUL = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999};

    @RegisterExtension
    static final BothTransports GATEWAYS = new BothTransports();

    @BothTransports.OnBoth
    void close_without_a_code_is_answered_without_a_code(BothTransports.Kind kind) throws IOException {
        // Vert.x answers with 1000 instead.
        assertHandshake(kind, frame(CLOSE, ""), kind == BothTransports.Kind.NETTY ? 1005 : 1000);
    }

    @BothTransports.OnBoth
    void valid_codes_are_echoed(BothTransports.Kind kind) throws IOException {
        for (int code : LAWFUL) {
            assertHandshake(kind, close(code, ""), code);
        }
    }

    @BothTransports.OnBoth
    void reason_may_fill_the_frame(BothTransports.Kind kind) throws IOException {
        assertHandshake(kind, close(1000, "going home"), 1000);
        assertHandshake(kind, close(4000, "Schluß \ud83d\ude00"), 4000);
        assertHandshake(kind, close(1000, "x".repeat(123)), 1000);
    }

    @BothTransports.OnBoth
    void invalid_codes_close_with_1002(BothTransports.Kind kind) throws IOException {
        for (int code : UNLAWFUL) {
            assertThat(closeAfter(kind, close(code, ""))).as("of %d", code).isEqualTo(1002);
            assertThat(closeAfter(kind, close(code, "why"))).as("of %d", code).isEqualTo(1002);
        }
    }

    /** The Vert.x transport echoes these codes. */
    @Test
    void codes_beyond_4999_close_with_1002() throws IOException {
        for (int code : new int[] {5000, 65_535}) {
            assertThat(closeAfter(BothTransports.Kind.NETTY, close(code, "")))
                    .as("of %d", code)
                    .isEqualTo(1002);
        }
    }

    @BothTransports.OnBoth
    void half_a_code_closes_with_1002(BothTransports.Kind kind) throws IOException {
        assertThat(closeAfter(kind, frame(CLOSE, new byte[] {3}))).isEqualTo(1002);
    }

    @BothTransports.OnBoth
    void reason_that_is_not_utf8_closes_with_1007(BothTransports.Kind kind) throws IOException {
        assertThat(closeAfter(kind, frame(CLOSE, new byte[] {3, (byte) 0xe8, (byte) 0xc3, '('})))
                .isEqualTo(1007);
        assertThat(closeAfter(kind, frame(CLOSE, new byte[] {3, (byte) 0xe8, (byte) 0xed, (byte) 0xa0, (byte) 0x80})))
                .isEqualTo(1007);
    }

    @BothTransports.OnBoth
    void frames_after_a_close_are_ignored(BothTransports.Kind kind) throws IOException {
        byte[][] later = {
            frame(TEXT, request("later")), frame(PING, "later"), close(1001, "again"), {(byte) 0xff, (byte) 0xff}
        };
        for (byte[] frame : later) {
            try (RawPeer peer = GATEWAYS.connect(kind)) {
                peer.send(close(1000, ""), frame);
                assertThat(peer.closeCode()).isEqualTo(1000);
                peer.assertEnds();
            }
        }
    }

    @BothTransports.OnBoth
    void close_may_arrive_byte_by_byte(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.sendCut(1, close(1000, "slowly"));
            assertThat(peer.closeCode()).isEqualTo(1000);
            peer.assertEnds();
        }
    }

    @BothTransports.OnBoth
    void requests_before_a_close_are_answered_before_it(BothTransports.Kind kind) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 200; i++) {
            all.writeBytes(frame(TEXT, request("n" + i)));
        }
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(all.toByteArray(), close(1001, "enough"), frame(TEXT, request("late")));
            for (int i = 0; i < 200; i++) {
                assertThat(peer.reply().getString("id")).isEqualTo("n" + i);
            }
            assertThat(peer.closeCode()).isEqualTo(1001);
            peer.assertEnds();
        }
    }

    @BothTransports.OnBoth
    void answered_close_of_the_gateway_ends_the_connection(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(0x82, "binary"));
            assertThat(peer.closeCode()).isEqualTo(1003);
            byte[] ping = kind == BothTransports.Kind.NETTY ? frame(PING, "late") : new byte[0];
            peer.send(frame(TEXT, request("late")), ping, close(1003, ""));
            peer.assertEnds();
        }
    }

    @BothTransports.OnBoth
    void unanswered_close_of_the_gateway_ends_after_the_limit(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame(TEXT, new byte[] {(byte) 0xff}));
            assertThat(peer.closeCode()).isEqualTo(1007);
            peer.assertEnds();
        }
    }

    @BothTransports.OnBoth
    void connection_reset_without_a_close_is_harmless(BothTransports.Kind kind) throws IOException {
        try (RawPeer cut = GATEWAYS.connect(kind);
                RawPeer other = GATEWAYS.connect(kind)) {
            cut.send(frame(0x01, "{"), new byte[] {(byte) TEXT});
            cut.close();
            other.assertOpen();
        }
    }

    private static void assertHandshake(BothTransports.Kind kind, byte[] close, int code) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.assertOpen();
            peer.send(close);
            assertThat(peer.closeCode()).isEqualTo(code);
            peer.assertEnds();
        }
    }

    private static int closeAfter(BothTransports.Kind kind, byte[] frame) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frame);
            return peer.closeCode();
        }
    }
}
