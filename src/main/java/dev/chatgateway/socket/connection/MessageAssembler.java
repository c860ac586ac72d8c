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
 * Assembles frames to text messages (RFC 6455 sections 5.4 and 8.1). Invalid UTF-8 is refused with the fragment that
 * contains it. Owned by one connection.
 */
public final class MessageAssembler {
    private final int limit;
    private @Nullable Fragments partial;

    public MessageAssembler(int limit) {
        this.limit = limit;
    }

    /** The result of one frame. */
    public sealed interface Outcome {
        /** The message is incomplete, or it was a control frame. */
        record Nothing() implements Outcome {}

        /** A complete message. */
        record Text(String text) implements Outcome {}

        /** The connection must be closed. */
        record Refused(CloseCode code) implements Outcome {}
    }

    private static final Outcome NOTHING = new Outcome.Nothing();

    /** The fragments of an incomplete message. */
    private static final class Fragments {
        private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        private final StringBuilder text = new StringBuilder();
        private ByteBuffer undecoded = ByteBuffer.allocate(0);
        private int bytes;

        /** Decodes a fragment; false if it is not UTF-8. A character may be split between two fragments. */
        boolean add(ByteBuffer data, boolean last) {
            bytes += data.remaining();
            ByteBuffer all = ByteBuffer.allocate(undecoded.remaining() + data.remaining());
            all.put(undecoded).put(data).flip();
            CharBuffer chars = CharBuffer.allocate(all.remaining() + 1);
            CoderResult result = decoder.decode(all, chars, last);
            if (result.isUnderflow() && last) {
                result = decoder.flush(chars);
            }
            text.append(chars.flip());
            undecoded = all;
            return !result.isError() && !isSurrogate(undecoded);
        }

        /** The start of an encoded surrogate is invalid already, but the decoder would wait for its third byte. */
        private static boolean isSurrogate(ByteBuffer undecoded) {
            int at = undecoded.position();
            return undecoded.remaining() > 1
                    && undecoded.get(at) == (byte) 0xed
                    && (undecoded.get(at + 1) & 0xff) >= 0xa0;
        }
    }

    /** Accepts the next frame. */
    public Outcome accept(Transport.Opcode opcode, boolean last, ByteBuffer data) {
        return switch (opcode) {
            case BINARY -> new Outcome.Refused(CloseCode.BINARY_FRAME);
            case PONG, CONTROL -> NOTHING;
            case TEXT, CONTINUATION -> text(last, data);
        };
    }

    private Outcome text(boolean last, ByteBuffer data) {
        Fragments fragments = partial;
        if (data.remaining() + (fragments == null ? 0 : fragments.bytes) > limit) {
            return new Outcome.Refused(CloseCode.FRAME_TOO_BIG);
        }
        if (last && fragments == null) {
            return whole(data);
        }
        if (fragments == null) {
            fragments = new Fragments();
            partial = fragments;
        }
        if (!fragments.add(data, last)) {
            return new Outcome.Refused(CloseCode.BAD_UTF8);
        }
        if (!last) {
            return NOTHING;
        }
        partial = null;
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
