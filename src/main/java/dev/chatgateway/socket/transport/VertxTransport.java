package dev.chatgateway.socket.transport;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.http.WebSocketFrameType;
import java.nio.ByteBuffer;

/**
 * A socket used through the public interface of Vert.x: each text is encoded and flushed on its own. Used with {@code
 * process.plainSockets}, for comparison and as a fallback if {@link NettyTransport} fails with a later Vert.x.
 * Differences that come from Vert.x: each ping is answered however little the peer reads, also after a close; and if a
 * malformed frame arrives in one packet with valid ones, the connection ends without a close frame.
 */
public final class VertxTransport implements Transport {
    private final ServerWebSocket socket;
    private long pendingBytes;

    public VertxTransport(ServerWebSocket socket) {
        this.socket = socket;
    }

    @Override
    public void open(Listener listener) {
        socket.frameHandler(frame -> receive(frame, listener));
        socket.exceptionHandler(cause -> failed(cause, listener));
        socket.drainHandler(room -> listener.writable());
        socket.closeHandler(
                gone -> listener.closed(socket.closeStatusCode() == null ? 1006 : socket.closeStatusCode()));
    }

    private static void receive(WebSocketFrame frame, Listener listener) {
        Opcode opcode = frame.isText()
                ? Opcode.TEXT
                : frame.isBinary() ? Opcode.BINARY : frame.isContinuation() ? Opcode.CONTINUATION : control(frame);
        if (frame.isClose()) {
            listener.closeStarted();
        }
        listener.frameReceived(
                opcode, frame.isFinal(), ByteBuffer.wrap(frame.binaryData().getBytes()));
    }

    private static Opcode control(WebSocketFrame frame) {
        return frame.type() == WebSocketFrameType.PONG ? Opcode.PONG : Opcode.CONTROL;
    }

    private void failed(Throwable cause, Listener listener) {
        ServerFrames.closeCode(cause).ifPresent(code -> {
            listener.closeStarted();
            socket.close((short) code);
        });
    }

    @Override
    public void write(FrameBatch batch) {
        batch.frames().forEach(this::write);
    }

    @Override
    public void write(Frame frame) {
        pendingBytes += frame.size();
        // One frame of any length: writeTextMessage() would fragment it.
        socket.writeFrame(WebSocketFrame.textFrame(frame.text(), true))
                .onComplete(written -> pendingBytes -= frame.size());
    }

    @Override
    public boolean isWritable() {
        return !socket.isClosed() && !socket.writeQueueFull();
    }

    @Override
    public long pendingBytes() {
        return pendingBytes;
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
