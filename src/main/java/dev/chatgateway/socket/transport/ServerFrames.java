package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** Encodes WebSocket frames of a server, which are not masked (RFC 6455 section 5.2). */
final class ServerFrames {
    /** Length of a frame header at most. */
    static final int MAX_HEADER_BYTES = 10;

    /** The highest close code (RFC 6455 section 7.4.2). The frame decoder accepts higher ones. */
    private static final int MAX_CLOSE_CODE = 4999;

    /** Stands for a close frame without a code; never sent. */
    static final int NO_STATUS = 1005;

    private static final int FIN_TEXT = 0x81;
    private static final int RSV1 = 0x40;
    private static final int FIN_CLOSE = 0x88;
    private static final int FIN_PING = 0x89;
    private static final int FIN_PONG = 0x8a;
    private static final ByteBuf PING = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer(2, 2).writeByte(FIN_PING).writeByte(0).asReadOnly());

    private ServerFrames() {}

    static ByteBuf ping() {
        return PING.duplicate();
    }

    static ByteBuf pong(ByteBuf data, ByteBufAllocator allocator) {
        int length = data.readableBytes();
        return allocator
                .directBuffer(2 + length)
                .writeByte(FIN_PONG)
                .writeByte(length)
                .writeBytes(data, data.readerIndex(), length);
    }

    static ByteBuf close(int code, String reason, ByteBufAllocator allocator) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        ByteBuf frame = allocator.directBuffer(4 + text.length).writeByte(FIN_CLOSE);
        return code == NO_STATUS
                ? frame.writeByte(0)
                : frame.writeByte(2 + text.length).writeShort(code).writeBytes(text);
    }

    static void text(Frame frame, ByteBuf into) {
        data(FIN_TEXT, frame.bytes(), into);
    }

    /** Encodes a deflated text message (RFC 7692 section 6). */
    static void deflated(byte[] compressed, ByteBuf into) {
        data(FIN_TEXT | RSV1, compressed, into);
    }

    private static void data(int head, byte[] bytes, ByteBuf into) {
        int length = bytes.length;
        into.writeByte(head);
        if (length < 126) {
            into.writeByte(length);
        } else if (length < 1 << 16) {
            into.writeByte(126).writeShort(length);
        } else {
            into.writeByte(127).writeLong(length);
        }
        into.writeBytes(bytes);
    }

    /** The close code for an exception of the frame decoder; empty for other exceptions. */
    static OptionalInt closeCode(Throwable cause) {
        return cause instanceof CorruptedWebSocketFrameException corrupt
                ? OptionalInt.of(corrupt.closeStatus().code())
                : OptionalInt.empty();
    }

    /** Whether it is a close frame with a code above the valid range. */
    static boolean hasInvalidCloseCode(WebSocketFrame frame) {
        return frame instanceof CloseWebSocketFrame close && close.statusCode() > MAX_CLOSE_CODE;
    }

    static Transport.Opcode opcode(WebSocketFrame frame) {
        if (frame instanceof TextWebSocketFrame) {
            return Transport.Opcode.TEXT;
        } else if (frame instanceof ContinuationWebSocketFrame) {
            return Transport.Opcode.CONTINUATION;
        }
        if (frame instanceof BinaryWebSocketFrame) {
            return Transport.Opcode.BINARY;
        }
        return frame instanceof PongWebSocketFrame ? Transport.Opcode.PONG : Transport.Opcode.CONTROL;
    }
}
