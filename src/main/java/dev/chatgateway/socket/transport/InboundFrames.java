package dev.chatgateway.socket.transport;

import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.zip.DataFormatException;
import org.jspecify.annotations.Nullable;

/**
 * Inflates received messages. While compression is on the frame decoder accepts the RSV1 bit on every connection, so
 * this class also refuses it where it was not negotiated (RFC 7692 section 6). Owned by one connection.
 */
final class InboundFrames {
    private static final int RSV_DEFLATED = 4;
    static final int PROTOCOL_ERROR = 1002;
    private static final int BAD_DATA = 1007;
    private static final int TOO_LONG = 1009;

    private final Deflate deflate;
    private final boolean negotiated;
    private @Nullable ByteArrayOutputStream fragments;

    /** @param negotiated whether the client may deflate */
    InboundFrames(Deflate deflate, boolean negotiated) {
        this.deflate = deflate;
        this.negotiated = negotiated;
    }

    /**
     * Passes a frame to the listener. Fragments of a deflated message are passed as one frame when the last one has
     * arrived.
     *
     * @return the code to close the connection with, if the frame is refused
     */
    OptionalInt accept(WebSocketFrame frame, Transport.Listener listener) {
        Transport.Opcode opcode = ServerFrames.opcode(frame);
        boolean firstFrame = opcode == Transport.Opcode.TEXT || opcode == Transport.Opcode.BINARY;
        if (frame.rsv() != 0 && !(negotiated && firstFrame && frame.rsv() == RSV_DEFLATED)) {
            return OptionalInt.of(PROTOCOL_ERROR);
        }
        if (opcode == Transport.Opcode.BINARY
                || (frame.rsv() == 0 && (fragments == null || opcode == Transport.Opcode.CONTROL))) {
            listener.frameReceived(
                    opcode, frame.isFinalFragment(), frame.content().nioBuffer());
            return OptionalInt.empty();
        }
        return acceptDeflated(frame, listener);
    }

    private OptionalInt acceptDeflated(WebSocketFrame frame, Transport.Listener listener) {
        ByteArrayOutputStream message = fragments == null ? new ByteArrayOutputStream() : fragments;
        byte[] fragment = new byte[frame.content().readableBytes()];
        frame.content().getBytes(frame.content().readerIndex(), fragment);
        if (message.size() + fragment.length > deflate.inboundLimit()) {
            return OptionalInt.of(TOO_LONG);
        }
        message.writeBytes(fragment);
        if (!frame.isFinalFragment()) {
            fragments = message;
            // Counts as a sign of life.
            listener.frameReceived(Transport.Opcode.CONTROL, true, ByteBuffer.allocate(0));
            return OptionalInt.empty();
        }
        fragments = null;
        try {
            listener.frameReceived(Transport.Opcode.TEXT, true, deflate.inflate(message.toByteArray()));
            return OptionalInt.empty();
        } catch (DataFormatException bad) {
            return OptionalInt.of(BAD_DATA);
        } catch (Deflate.TooLongException bomb) {
            return OptionalInt.of(TOO_LONG);
        }
    }
}
