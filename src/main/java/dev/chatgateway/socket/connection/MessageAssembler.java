package dev.chatgateway.socket.connection;

import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.socket.transport.Transport;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Frames to text messages, strictly (RFC 6455 sections 5.4 and 8.1): bad UTF-8 is refused with the fragment that it is
 * in. Owned by one connection.
 */
public final class MessageAssembler {
    private final int limit;
    private @Nullable Fragments begun;

    public MessageAssembler(int limit) {
        this.limit = limit;
    }

    /** What one frame led to. */
    public sealed interface Outcome {
        /** More frames are needed, or it was a control frame. */
        record Nothing() implements Outcome {}

        /** A whole message. */
        record Text(String text) implements Outcome {}

        /** The connection must be closed. */
        record Refused(CloseCode code) implements Outcome {}
    }

    private static final Outcome NOTHING = new Outcome.Nothing();

    /** What has come of a message in pieces. */
    private static final class Fragments {
        private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        private final StringBuilder text = new StringBuilder();
        private ByteBuffer tail = ByteBuffer.allocate(0);
        private int bytes;

        /** Takes a piece in; false if it is no UTF-8. A character may be cut in two by the end of a piece. */
        boolean add(ByteBuffer data, boolean last) {
            bytes += data.remaining();
            ByteBuffer all = ByteBuffer.allocate(tail.remaining() + data.remaining());
            all.put(tail).put(data).flip();
            CharBuffer chars = CharBuffer.allocate(all.remaining() + 1);
            CoderResult result = decoder.decode(all, chars, last);
            if (result.isUnderflow() && last) {
                result = decoder.flush(chars);
            }
            text.append(chars.flip());
            tail = all;
            return !result.isError() && !surrogate(tail);
        }

        /** The decoder would wait for the third byte of a surrogate, though none can make it a character. */
        private static boolean surrogate(ByteBuffer tail) {
            int at = tail.position();
            return tail.remaining() > 1 && tail.get(at) == (byte) 0xed && (tail.get(at + 1) & 0xff) >= 0xa0;
        }
    }

    /** Takes the next frame. */
    public Outcome take(Transport.Opcode opcode, boolean last, ByteBuffer data) {
        return switch (opcode) {
            case BINARY -> new Outcome.Refused(CloseCode.BINARY_FRAME);
            case PONG, CONTROL -> NOTHING;
            case TEXT, CONTINUATION -> text(last, data);
        };
    }

    private Outcome text(boolean last, ByteBuffer data) {
        Fragments fragments = begun;
        if (data.remaining() + (fragments == null ? 0 : fragments.bytes) > limit) {
            return new Outcome.Refused(CloseCode.FRAME_TOO_BIG);
        }
        if (last && fragments == null) {
            return whole(data);
        }
        if (fragments == null) {
            fragments = new Fragments();
            begun = fragments;
        }
        if (!fragments.add(data, last)) {
            return new Outcome.Refused(CloseCode.BAD_UTF8);
        }
        if (!last) {
            return NOTHING;
        }
        begun = null;
        return new Outcome.Text(fragments.text.toString());
    }

    private static Outcome whole(ByteBuffer data) {
        try {
            return new Outcome.Text(
                    StandardCharsets.UTF_8.newDecoder().decode(data).toString());
        } catch (CharacterCodingException e) {
            return new Outcome.Refused(CloseCode.BAD_UTF8);
        }
    }
}
