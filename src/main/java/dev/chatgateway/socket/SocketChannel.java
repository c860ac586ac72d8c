package dev.chatgateway.socket;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CloseCode;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.time.Clock;
import java.util.ArrayDeque;

/**
 * The only way out to a socket: every frame of a connection goes through here, so that order is one order and what waits
 * for a slow peer is bounded. Owned by the socket's event loop.
 */
final class SocketChannel {
    private final ServerWebSocket socket;
    private final GatewayConfig.Limits limits;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final ArrayDeque<Frame> held = new ArrayDeque<>();
    private long pendingBytes;
    private long heldBytes;
    private int holds;
    private long lastWriteMs;
    private boolean closed;

    /** A frame handed to the socket and not yet taken by the operating system. */
    private record Pending(long sinceMs, int bytes) {}

    SocketChannel(ServerWebSocket socket, GatewayConfig.Limits limits, GatewayMetrics metrics, Clock clock) {
        this.socket = socket;
        this.limits = limits;
        this.metrics = metrics;
        this.clock = clock;
        lastWriteMs = clock.millis();
    }

    /** Writes an answer. A peer that has too much waiting is closed with 4413. */
    void send(String text) {
        send(text, ByteBufUtil.utf8Bytes(text));
    }

    private void send(String text, int bytes) {
        if (closed || tooMuch(pendingBytes + bytes)) {
            return;
        }
        Pending frame = new Pending(clock.millis(), bytes);
        pending.add(frame);
        pendingBytes += bytes;
        lastWriteMs = frame.sinceMs();
        socket.writeTextMessage(text).onComplete(written -> taken());
    }

    /** Writes a notification, after the answer of a batch that subscribes if one is in progress. */
    void notify(Frame frame) {
        if (holds == 0) {
            send(frame.text(), frame.size());
        } else if (!closed && !tooMuch(heldBytes + frame.size())) {
            heldBytes += frame.size();
            held.add(frame);
        }
    }

    private boolean tooMuch(long bytes) {
        boolean over = bytes > limits.outboundBytes();
        if (over) {
            metrics.limitHit("outboundBytes");
            close(CloseCode.TOO_SLOW);
        }
        return over;
    }

    /** Notifications wait from now on, or no longer. */
    void hold(boolean more) {
        holds += more ? 1 : -1;
        while (holds == 0 && !held.isEmpty()) {
            Frame frame = held.remove();
            heldBytes -= frame.size();
            send(frame.text(), frame.size());
        }
    }

    private void taken() {
        Pending frame = pending.poll();
        if (frame != null) {
            pendingBytes -= frame.bytes();
        }
    }

    /** A WebSocket ping; browsers answer by themselves. */
    void ping() {
        if (!closed) {
            socket.writePing(Buffer.buffer());
        }
    }

    /** Closes with 4413 if the oldest frame has waited too long. */
    void checkAge(long nowMs) {
        Pending oldest = pending.peek();
        if (!closed && oldest != null && nowMs - oldest.sinceMs() > limits.outboundSeconds() * 1000L) {
            metrics.limitHit("outboundSeconds");
            close(CloseCode.TOO_SLOW);
        }
    }

    /** When something was last sent, epoch milliseconds. */
    long lastWriteMs() {
        return lastWriteMs;
    }

    /** Ends the connection; later frames are dropped. */
    void close(CloseCode code) {
        if (!closed) {
            closed = true;
            socket.close((short) code.number(), code.token());
        }
    }

    /** Whether the gateway has begun to close, or the peer is gone. */
    boolean closed() {
        return closed;
    }

    /** The decoder gave up on what the peer sent; it says itself which close code that is. */
    void broken(Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupt && !closed) {
            closed = true;
            socket.close(
                    (short) corrupt.closeStatus().code(), corrupt.closeStatus().reasonText());
        }
    }

    /** The peer is gone: nothing can be written. */
    void gone() {
        closed = true;
        pending.clear();
        held.clear();
        pendingBytes = 0;
        heldBytes = 0;
    }

    /** Stops reading from the peer until {@link #resume}. */
    void pause() {
        socket.pause();
    }

    /** Reads on. */
    void resume() {
        socket.resume();
    }
}
