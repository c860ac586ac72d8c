package dev.chatgateway.socket.transport;

import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Keeps the frames that arrived in the same read as the frame that led to a pause. Reading is off while paused, so one
 * read of the socket bounds their number. Owned by one connection.
 */
final class PausedFrames {
    private final ArrayDeque<WebSocketFrame> frames = new ArrayDeque<>();
    private boolean paused;
    private boolean draining;

    void pause() {
        paused = true;
    }

    void add(WebSocketFrame frame) {
        frames.add(frame);
    }

    /**
     * Passes frames on until one of them leads to the next pause.
     *
     * @return true if none is left, so that the socket may be read again
     */
    boolean resume(Consumer<WebSocketFrame> consumer) {
        paused = false;
        if (draining) {
            return false;
        }
        draining = true;
        try {
            while (!paused && !frames.isEmpty()) {
                consumer.accept(frames.remove());
            }
        } finally {
            draining = false;
        }
        return !paused;
    }

    void release() {
        frames.forEach(WebSocketFrame::release);
        frames.clear();
    }
}
