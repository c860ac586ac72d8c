package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * For any bytes of a client nothing is thrown and nothing leaks. The client receives valid frames: a reply for each
 * request, a pong for each ping, and at most one close frame, which is the last frame.
 *
 * <p>Input: how many bytes arrive at once (0: all); whether the rest is raw; then either the bytes of the client, or
 * frames that the test masks: first byte as sent, length of the data (above 127: subtract 128, multiply by 16), data.
 */
class PipelineProperties {
    private static final Set<Integer> REFUSALS = Set.of(1002, 1003, 1007, 1009);
    private static final int[] MASK = {0x12, 0x00, 0xfe, 0x55};

    static {
        Leaks.watch();
    }

    @FuzzTest(maxDuration = "10s")
    void any_bytes_get_whole_frames_and_one_close(byte[] input) throws IOException {
        if (input.length < 2) {
            return;
        }
        byte[] stream = input[1] == 0 ? frames(input) : input;
        int begin = stream == input ? 2 : 0;
        int step = input[0] == 0 ? Integer.MAX_VALUE / 2 : input[0] & 0xff;
        EmbeddedTransport transport = new EmbeddedTransport();
        for (int at = begin; at < stream.length; at += step) {
            transport.receive(stream, at, Math.min(stream.length, at + step));
        }
        check(transport, transport.end());
        Leaks.check();
    }

    private static byte[] frames(byte[] input) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int at = 2; at < input.length; ) {
            int head = input[at++];
            int given = at < input.length ? input[at++] & 0xff : 0;
            int times = given > 127 ? 16 : 1;
            int length = Math.min(given & 0x7f, input.length - at);
            int all = length * times;
            stream.write(head);
            if (all > 125) {
                stream.write(0x80 | 126);
                stream.write(all >> 8);
                stream.write(all);
            } else {
                stream.write(0x80 | all);
            }
            for (int b : MASK) {
                stream.write(b);
            }
            for (int i = 0; i < all; i++) {
                stream.write(input[at + i % length] ^ MASK[i % 4]);
            }
            at += length;
        }
        return stream.toByteArray();
    }

    private static void check(EmbeddedTransport transport, byte[] out) throws CharacterCodingException {
        int texts = 0;
        int closes = 0;
        int code = 1006;
        ByteBuffer in = ByteBuffer.wrap(out);
        while (in.hasRemaining()) {
            assertThat(closes).as("frames after a close").isZero();
            int head = in.get() & 0xff;
            byte[] data = new byte[length(in)];
            in.get(data);
            switch (head) {
                case 0x81 -> {
                    texts++;
                    String text = StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(data))
                            .toString();
                    assertThat(new JsonObject(text).getString("jsonrpc")).isEqualTo("2.0");
                }
                case 0x88 -> {
                    closes++;
                    code = data.length == 0 ? 1005 : (data[0] & 0xff) << 8 | data[1] & 0xff;
                }
                case 0x8a -> assertThat(data).hasSizeLessThan(126);
                default -> throw new AssertionError("no frame of a server: " + head);
            }
        }
        assertThat(texts).isEqualTo(transport.replies);
        assertThat(transport.closes).isEqualTo(1);
        assertThat(closes).isEqualTo(transport.refused ? 1 : 0);
        assertThat(REFUSALS.contains(code) || transport.closeCode == code).isTrue();
    }

    private static int length(ByteBuffer in) {
        int length = in.get() & 0xff;
        return length < 126 ? length : length == 126 ? in.getShort() & 0xffff : (int) in.getLong();
    }
}
