package dev.chatgateway.socket;

import static dev.chatgateway.socket.RawPeer.LAST;
import static dev.chatgateway.socket.RawPeer.MORE;
import static dev.chatgateway.socket.RawPeer.TEXT;
import static dev.chatgateway.socket.RawPeer.TEXT_BEGIN;
import static dev.chatgateway.socket.RawPeer.frame;
import static dev.chatgateway.socket.RawPeer.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Text must be UTF-8 (RFC 6455 section 8.1, RFC 3629). */
class ConformanceTextTest {
    /**
     * The first and last code point of each encoded length, the neighbours of the surrogates, non-characters, and text
     * of several scripts.
     */
    private static final List<String> GOOD = List.of(
            "\u0001",
            "\u007f",
            "\u0080",
            "\u07ff",
            "\u0800",
            "\ud7ff",
            "\ue000",
            "\ufffd",
            "\ufffe",
            "\uffff",
            "\ud800\udc00",
            "\ud83d\ude00",
            "\udbff\udfff",
            "κόσμε",
            "Grüße, 漢字, हिन्दी, עברית");

    private static final List<String> BAD = List.of(
            "80", // a continuation alone
            "bf",
            "8080bf",
            "c0", // first bytes that begin nothing
            "c1bf",
            "f5808080",
            "f880808080",
            "fc8080808080",
            "fe",
            "ff",
            "c3", // cut off
            "e0a0",
            "f09f98",
            "c328", // a continuation is missing
            "e28228",
            "f09f9828",
            "c080", // longer than needed
            "c0af",
            "e08080",
            "e09fbf",
            "f0808080",
            "f08fbfbf",
            "eda080", // surrogates
            "edafbf",
            "edb080",
            "edbfbf",
            "eda081edb080",
            "f4908080", // above the last character
            "f7bfbfbf",
            "cebae1bdb9cf83cebcceb5eda080656469746564");

    @RegisterExtension
    static final BothTransports GATEWAYS = new BothTransports();

    @BothTransports.OnBoth
    void every_character_is_returned_unchanged(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (String text : GOOD) {
                peer.send(frame(TEXT, request(text)));
                assertThat(peer.reply().getString("id")).isEqualTo(text);
            }
        }
    }

    @BothTransports.OnBoth
    void fragments_and_packets_may_split_characters(BothTransports.Kind kind) throws IOException {
        String text = String.join("", GOOD.subList(2, GOOD.size()));
        byte[] bytes = request(text).getBytes(StandardCharsets.UTF_8);
        for (int size = 1; size <= 4; size++) {
            ByteArrayOutputStream frames = new ByteArrayOutputStream();
            for (int at = 0; at < bytes.length; at += size) {
                byte[] part = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size));
                frames.writeBytes(frame((at == 0 ? 1 : 0) | (at + size >= bytes.length ? 0x80 : 0), part));
            }
            try (RawPeer peer = GATEWAYS.connect(kind)) {
                peer.sendCut(5, frames.toByteArray());
                assertThat(peer.reply().getString("id")).isEqualTo(text);
            }
        }
    }

    @BothTransports.OnBoth
    void invalid_bytes_in_a_frame_close_with_1007(BothTransports.Kind kind) throws IOException {
        for (String hex : BAD) {
            byte[] bad = HexFormat.of().parseHex(hex);
            assertThat(closeAfter(kind, frame(TEXT, bad))).as(hex).isEqualTo(1007);
            assertThat(closeAfter(kind, frame(TEXT, quoted(bad)))).as(hex).isEqualTo(1007);
        }
    }

    @BothTransports.OnBoth
    void invalid_bytes_in_a_fragment_close_before_the_message_ends(BothTransports.Kind kind) throws IOException {
        for (String hex : BAD) {
            byte[] bad = quoted(HexFormat.of().parseHex(hex));
            assertThat(closeAfter(kind, frame(TEXT_BEGIN, "{"), frame(MORE, bad)))
                    .as(hex)
                    .isEqualTo(1007);
        }
    }

    @BothTransports.OnBoth
    void invalid_character_start_in_a_fragment_closes_at_once(BothTransports.Kind kind) throws IOException {
        for (String cut :
                List.of("ce|28", "e0|80", "ed|a0", "f0|80", "f4|90", "f0 9f|41", "e2 82|c3", "|f5", "f4|bf")) {
            String[] parts = cut.replace(" ", "").split("\\|");
            HexFormat hex = HexFormat.of();
            assertThat(closeAfter(kind, frame(TEXT_BEGIN, hex.parseHex(parts[0])), frame(MORE, hex.parseHex(parts[1]))))
                    .as(cut)
                    .isEqualTo(1007);
        }
    }

    @BothTransports.OnBoth
    void message_that_ends_inside_a_character_closes_with_1007(BothTransports.Kind kind) throws IOException {
        byte[] half = {(byte) 0xf0, (byte) 0x9f};
        assertThat(closeAfter(kind, frame(TEXT_BEGIN, "{"), frame(LAST, half))).isEqualTo(1007);
        assertThat(closeAfter(kind, frame(TEXT_BEGIN, half), frame(MORE, ""), frame(LAST, "")))
                .isEqualTo(1007);
    }

    /**
     * Netty's encoder drops a byte after a lone surrogate: the frame length would be wrong, and so all frames after it.
     */
    @BothTransports.OnBoth
    void lone_surrogate_in_a_reply_does_not_break_later_frames(BothTransports.Kind kind) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            for (String id : List.of("\\ud800é", "\\ud83d漢", "\\ud800\\ud83d\\ude00", "\\udc00é", "é\\ud800")) {
                peer.send(frame(TEXT, "{\"jsonrpc\":\"2.0\",\"method\":\"none\",\"id\":\"" + id + "\"}"));
                assertThat(peer.reply().getString("id")).contains("?");
                peer.assertOpen();
            }
        }
    }

    private static byte[] quoted(byte[] bad) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        json.write('"');
        json.writeBytes(bad);
        json.write('"');
        return json.toByteArray();
    }

    private static int closeAfter(BothTransports.Kind kind, byte[]... frames) throws IOException {
        try (RawPeer peer = GATEWAYS.connect(kind)) {
            peer.send(frames);
            return peer.closeCode();
        }
    }
}
