package dev.chatgateway.socket.transport;

import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * Where compression is on: frames on their way in, looked at for the bit that says deflated, as the decoder lets it pass
 * on every connection then (RFC 7692 section 6). Owned by one connection.
 */
final class InboundFrames {
    private static final int RSV_DEFLATED = 4;
    static final int PROTOCOL_ERROR = 1002;
    private static final int BAD_DATA = 1007;
    private static final int TOO_LONG = 1009;

    private final Deflate deflate;
    private final boolean agreed;
    private @Nullable ByteArrayOutputStream begun;

    /** @param agreed whether the client may deflate */
    InboundFrames(Deflate deflate, boolean agreed) {
        this.deflate = deflate;
        this.agreed = agreed;
    }

    /**
     * Hands a frame on; the pieces of a deflated message together, when the last has come.
     *
     * @return the code that the connection must be closed with, if it must
     */
    OptionalInt take(WebSocketFrame frame, Transport.User user) {
        Transport.Opcode opcode = ServerFrames.opcode(frame);
        boolean begins = opcode == Transport.Opcode.TEXT || opcode == Transport.Opcode.BINARY;
        if (frame.rsv() != 0 && !(agreed && begins && frame.rsv() == RSV_DEFLATED)) {
            return OptionalInt.of(PROTOCOL_ERROR);
        }
        if (opcode == Transport.Opcode.BINARY
                || (frame.rsv() == 0 && (begun == null || opcode == Transport.Opcode.CONTROL))) {
            user.frame(opcode, frame.isFinalFragment(), frame.content().nioBuffer());
            return OptionalInt.empty();
        }
        return deflated(frame, user);
    }

    private OptionalInt deflated(WebSocketFrame frame, Transport.User user) {
        ByteArrayOutputStream pieces = begun == null ? new ByteArrayOutputStream() : begun;
        byte[] piece = new byte[frame.content().readableBytes()];
        frame.content().getBytes(frame.content().readerIndex(), piece);
        if (pieces.size() + piece.length > deflate.inboundLimit()) {
            return OptionalInt.of(TOO_LONG);
        }
        pieces.writeBytes(piece);
        if (!frame.isFinalFragment()) {
            begun = pieces;
            // Only so that the connection is known to be alive.
            user.frame(Transport.Opcode.CONTROL, true, ByteBuffer.allocate(0));
            return OptionalInt.empty();
        }
        begun = null;
        try {
            user.frame(Transport.Opcode.TEXT, true, deflate.inflated(pieces.toByteArray()));
            return OptionalInt.empty();
        } catch (DataFormatException bad) {
            return OptionalInt.of(BAD_DATA);
        } catch (Deflate.TooLongException bomb) {
            return OptionalInt.of(TOO_LONG);
        }
    }
}
