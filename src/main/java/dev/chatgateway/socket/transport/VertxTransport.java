package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import java.nio.ByteBuffer;

/**
 * A socket as Vert.x's public interface has it: each text encoded and flushed on its own. Kept for comparison, and for
 * the day that the way around it breaks ({@code process.plainSockets}). Of Vert.x's own making: each ping is answered
 * however little the peer reads, also after a close; and when a broken frame comes in one packet with good ones, the
 * connection ends without a close frame.
 */
public final class VertxTransport implements Transport {
    private final ServerWebSocket socket;
    private long waiting;

    public VertxTransport(ServerWebSocket socket) {
        this.socket = socket;
    }

    @Override
    public void open(User user) {
        socket.frameHandler(frame -> take(frame, user));
        socket.exceptionHandler(cause -> failed(cause, user));
        socket.drainHandler(room -> user.drained());
        socket.closeHandler(gone -> user.ended(socket.closeStatusCode() == null ? 1006 : socket.closeStatusCode()));
    }

    private static void take(WebSocketFrame frame, User user) {
        Opcode opcode = frame.isText()
                ? Opcode.TEXT
                : frame.isBinary() ? Opcode.BINARY : frame.isContinuation() ? Opcode.CONTINUATION : control(frame);
        if (frame.isClose()) {
            user.closing();
        }
        user.frame(opcode, frame.isFinal(), ByteBuffer.wrap(frame.binaryData().getBytes()));
    }

    private static Opcode control(WebSocketFrame frame) {
        return frame.type() == WebSocketFrameType.PONG ? Opcode.PONG : Opcode.CONTROL;
    }

    private void failed(Throwable cause, User user) {
        ServerFrames.closeCode(cause).ifPresent(code -> {
            user.closing();
            socket.close((short) code);
        });
    }

    @Override
    public void write(FrameBatch run) {
        run.frames().forEach(this::write);
    }

    @Override
    public void write(Frame frame) {
        waiting += frame.size();
        // As one frame whatever its length: writeTextMessage() would cut it in pieces.
        socket.writeFrame(WebSocketFrame.textFrame(frame.text(), true)).onComplete(written -> waiting -= frame.size());
    }

    @Override
    public boolean writable() {
        return !socket.isClosed() && !socket.writeQueueFull();
    }

    @Override
    public long waiting() {
        return waiting;
    }

    @Override
    public void ping() {
        socket.writePing(Buffer.buffer());
    }

    @Override
    public void close(int code, String reason) {
        socket.close((short) code, reason);
    }

    @Override
    public void pause() {
        socket.pause();
    }

    @Override
    public void resume() {
        socket.resume();
    }
}
