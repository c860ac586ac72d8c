package dev.chatgateway.socket;

import dev.chatgateway.protocol.CloseCode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.WebSocketFrame;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Frames to text messages, strictly (RFC 6455 sections 5.4 and 8.1): Vert.x's own text handler would replace bad UTF-8
 * without a word. Owned by one connection.
 */
final class MessageAssembler {
    private final int limit;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private @Nullable Buffer begun;

    MessageAssembler(int limit) {
        this.limit = limit;
    }

    /** What one frame led to. */
    sealed interface Outcome {
        /** More frames are needed, or it was a control frame. */
        record Nothing() implements Outcome {}

        /** A whole message. */
        record Text(String text) implements Outcome {}

        /** The connection must be closed. */
        record Refused(CloseCode code) implements Outcome {}
    }

    private static final Outcome NOTHING = new Outcome.Nothing();

    /** Takes the next frame. */
    Outcome take(WebSocketFrame frame) {
        if (frame.isBinary()) {
            return new Outcome.Refused(CloseCode.BINARY_FRAME);
        }
        if (!frame.isText() && !frame.isContinuation()) {
            return NOTHING;
        }
        Buffer data = frame.binaryData();
        int length = data.length() + (begun == null ? 0 : begun.length());
        if (length > limit) {
            return new Outcome.Refused(CloseCode.FRAME_TOO_BIG);
        }
        if (!frame.isFinal() || begun != null) {
            begun = begun == null ? data.copy() : begun.appendBuffer(data);
        }
        if (!frame.isFinal()) {
            return NOTHING;
        }
        Buffer whole = begun == null ? data : begun;
        begun = null;
        try {
            return new Outcome.Text(
                    decoder.decode(ByteBuffer.wrap(whole.getBytes())).toString());
        } catch (CharacterCodingException e) {
            return new Outcome.Refused(CloseCode.BAD_UTF8);
        }
    }
}
