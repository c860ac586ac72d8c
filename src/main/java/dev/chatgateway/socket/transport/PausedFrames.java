package dev.chatgateway.socket.transport;

import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * What came in one piece with the frame that led to a pause, while nothing may be handed over. Bounded by one read of the
 * socket, as reading is off. Owned by one connection.
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
     * Hands frames over until one of them leads to the next pause.
     *
     * @return whether that was all, so that the socket may be read again
     */
    boolean resume(Consumer<WebSocketFrame> taker) {
        paused = false;
        if (draining) {
            return false;
        }
        draining = true;
        try {
            while (!paused && !frames.isEmpty()) {
                taker.accept(frames.remove());
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
