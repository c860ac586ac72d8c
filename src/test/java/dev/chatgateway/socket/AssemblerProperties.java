package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.socket.connection.MessageAssembler;
import dev.chatgateway.socket.transport.Transport;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A message in any fragments is assembled, or is refused with the first fragment that is not UTF-8 or exceeds the
 * limit. The input is a list of fragments: one byte with the length and a bit for a ping in front, then the data.
 */
class AssemblerProperties {
    private static final int LIMIT = 200;

    @FuzzTest(maxDuration = "10s")
    void fragments_make_the_message_or_a_refusal_at_once(byte[] input) {
        MessageAssembler assembler = new MessageAssembler(LIMIT);
        Utf8Prefix oracle = new Utf8Prefix();
        StringBuilder sent = new StringBuilder();
        byte[] message = new byte[LIMIT];
        int length = 0;
        for (int at = 0; at < input.length; ) {
            int head = input[at++];
            int end = Math.min(input.length, at + (head & 0x3f));
            boolean last = end == input.length;
            if (head < 0) {
                assertThat(assembler.accept(Transport.Opcode.CONTROL, true, ByteBuffer.wrap(input, 0, at)))
                        .isInstanceOf(MessageAssembler.Outcome.Nothing.class);
            }
            MessageAssembler.Outcome outcome = assembler.accept(
                    sent.isEmpty() ? Transport.Opcode.TEXT : Transport.Opcode.CONTINUATION,
                    last,
                    ByteBuffer.wrap(input, at, end - at));
            sent.append('.');
            if (length + end - at > LIMIT) {
                assertThat(outcome).isEqualTo(new MessageAssembler.Outcome.Refused(CloseCode.FRAME_TOO_BIG));
                return;
            }
            System.arraycopy(input, at, message, length, end - at);
            length += end - at;
            if (!oracle.takes(input, at, end) || (last && !oracle.whole())) {
                assertThat(outcome).isEqualTo(new MessageAssembler.Outcome.Refused(CloseCode.BAD_UTF8));
                return;
            }
            assertThat(outcome)
                    .isEqualTo(
                            last
                                    ? new MessageAssembler.Outcome.Text(
                                            new String(message, 0, length, StandardCharsets.UTF_8))
                                    : new MessageAssembler.Outcome.Nothing());
            at = end;
        }
    }
}
