package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.fanout.ResyncRecorder;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.socket.transport.OutboundQueue;
import dev.chatgateway.socket.transport.TrafficCounters;
import dev.chatgateway.socket.transport.Transport;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The only way out to a socket: every frame of a connection goes through here, so that order is one order and what waits
 * for a slow peer is bounded in bytes and age: first less is made of it, then the peer is told to take fresh state, then
 * it is closed. Owned by the socket's event loop.
 */
public final class SocketChannel {
    /** Bytes: a peer that takes so many within the time limit reads. */
    private static final int PROGRESS = 16_384;

    private final GatewayConfig.Limits limits;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final Transport wire;
    private final TrafficCounters traffic;
    private @Nullable OutboundQueue outbox;
    private @Nullable ArrayDeque<Frame> held;
    private int heldBytes;
    private int holds;
    private int queuedBytes;
    private long losses;
    private int framesOut;
    private long lastWriteMs;
    private long handed;
    private long mark;
    private long markMs;
    private boolean closed;

    public SocketChannel(
            Transport wire, GatewayConfig.Limits limits, GatewayMetrics metrics, TrafficCounters traffic, Clock clock) {
        this.wire = wire;
        this.traffic = traffic;
        this.limits = limits;
        this.metrics = metrics;
        this.clock = clock;
        lastWriteMs = clock.millis();
    }

    /** Writes an answer. */
    public void send(String text) {
        offer(Frame.of(text));
    }

    private void offer(Frame frame) {
        if (closed) {
            return;
        }
        if (fits(frame.size())) {
            handed(1, frame.size());
            wire.write(frame);
        } else {
            queue(frame);
        }
    }

    /** Writes notifications, after the answer of a batch that subscribes if one is in progress. */
    void deliver(FrameBatch run) {
        if (closed) {
            return;
        }
        if (holds > 0) {
            run.frames().forEach(this::hold);
        } else if (fits(run.size())) {
            handed(run.frames().size(), run.size());
            wire.write(run);
        } else {
            run.frames().forEach(this::queue);
        }
    }

    /** Whether it may go to the wire at once: what is not taken by the peer counts, and order is kept. */
    private boolean fits(int bytes) {
        long waiting = wire.waiting();
        return outbox == null && (waiting == 0 || (wire.writable() && waiting + bytes <= limits.outboundBytes()));
    }

    private void handed(int frames, int bytes) {
        handed += bytes;
        framesOut += frames;
        traffic.written(frames, bytes);
        lastWriteMs = clock.millis();
    }

    private void hold(Frame frame) {
        heldBytes += frame.size();
        if (heldBytes > limits.outboundBytes()) {
            tooSlow("outboundBytes");
            return;
        }
        if (held == null) {
            held = new ArrayDeque<>();
        }
        held.add(frame);
    }

    private void queue(Frame frame) {
        if (closed) {
            return;
        }
        OutboundQueue queue = outbox;
        if (queue == null) {
            queue = new OutboundQueue();
            outbox = queue;
            metrics.sockets().slowConnections(1);
        }
        queue.add(frame, clock.millis());
        if (queue.bytes() + wire.waiting() > limits.outboundBytes()) {
            relieve(queue, limits.outboundBytes() / 2);
        }
        gauge(queue.bytes());
        if (queue.bytes() > limits.outboundBytes()) {
            tooSlow("outboundBytes");
        }
    }

    private void relieve(OutboundQueue queue, long mostBytes) {
        metrics.sockets().conflated(queue.conflate());
        if (queue.bytes() > mostBytes) {
            Set<String> dropped = queue.resync(mostBytes, clock.millis());
            losses += dropped.size();
            metrics.sockets().outboundResyncs(dropped.size());
            dropped.forEach(threadId -> ResyncRecorder.thread(metrics, threadId, OutboundQueue.RESYNC, 1));
        }
    }

    /** How often notifications were dropped for a resync. */
    long losses() {
        return losses;
    }

    private void gauge(long bytes) {
        metrics.sockets().outboundBytes(bytes - queuedBytes);
        queuedBytes = (int) bytes;
    }

    /** The peer has caught up somewhat: what waits goes on. */
    void drained() {
        OutboundQueue queue = outbox;
        if (queue == null || closed) {
            return;
        }
        while (!queue.isEmpty() && wire.writable()) {
            Frame frame = queue.remove();
            handed(1, frame.size());
            wire.write(frame);
        }
        gauge(queue.bytes());
        if (queue.isEmpty()) {
            outbox = null;
            metrics.sockets().slowConnections(-1);
        }
    }

    /** Notifications wait from now on, or no longer. */
    void hold(boolean more) {
        holds += more ? 1 : -1;
        ArrayDeque<Frame> waiting = held;
        if (holds == 0 && waiting != null) {
            held = null;
            heldBytes = 0;
            waiting.forEach(this::offer);
        }
    }

    /** A WebSocket ping; browsers answer by themselves. */
    void ping() {
        if (!closed) {
            wire.ping();
        }
    }

    /**
     * Looks at what the peer has not taken: if it takes next to nothing for the limit it is closed with 4413; events that
     * have waited half of it are given up before, so that a slow peer that reads gets what is new.
     *
     * @return whether something waits, so that this must be asked again in a second
     */
    public boolean checkAge(long nowMs) {
        long limitMs = limits.outboundSeconds() * 1000L;
        long waiting = wire.waiting();
        OutboundQueue queue = outbox;
        if (closed || (waiting == 0 && queue == null)) {
            markMs = 0;
            return false;
        }
        metrics.sockets().backlog(waiting + queuedBytes);
        if (markMs == 0 || handed - waiting - mark >= PROGRESS) {
            mark = handed - waiting;
            markMs = nowMs;
        } else if (nowMs - markMs > limitMs) {
            tooSlow("outboundSeconds");
            return false;
        }
        if (queue != null && nowMs - queue.oldestMs(nowMs) > limitMs / 2) {
            relieve(queue, 0);
            gauge(queue.bytes());
        }
        return true;
    }

    /** Texts that were handed to the socket. */
    int framesOut() {
        return framesOut;
    }

    /** Bytes of those texts. */
    long bytesOut() {
        return handed;
    }

    /** Bytes that the peer has not taken yet. */
    long behind() {
        return wire.waiting() + queuedBytes;
    }

    /** What all connections of the loop send and receive. */
    TrafficCounters traffic() {
        return traffic;
    }

    /** When something was last sent, epoch milliseconds. */
    long lastWriteMs() {
        return lastWriteMs;
    }

    private void tooSlow(String limit) {
        if (!closed) {
            metrics.limitHit(limit);
            close(CloseCode.TOO_SLOW);
        }
    }

    /** Ends the connection; later frames are dropped. */
    public void close(CloseCode code) {
        if (!closed) {
            gone();
            wire.close(code.number(), code.token());
        }
    }

    /** Whether either side has begun to close, or the peer is gone. */
    boolean closed() {
        return closed;
    }

    /** Nothing can be written any more. */
    void gone() {
        closed = true;
        held = null;
        if (outbox != null) {
            outbox = null;
            gauge(0);
            metrics.sockets().slowConnections(-1);
        }
    }

    /** Stops reading from the peer until {@link #resume}. */
    void pause() {
        wire.pause();
    }

    /** Reads on. */
    void resume() {
        wire.resume();
    }
}
