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
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * All output of a connection, in one order. Frames for a slow peer are queued within limits of bytes and age. When a
 * limit is reached the queue is conflated, then events are dropped for a resync, then the connection is closed. Owned
 * by the event loop of the socket.
 */
public final class SocketChannel {
    /** A peer that reads this many bytes within the time limit makes progress. */
    private static final int PROGRESS_BYTES = 16_384;

    private final GatewayConfig.Limits limits;
    private final GatewayMetrics metrics;
    private final Clock clock;
    private final Transport transport;
    private final TrafficCounters traffic;
    private @Nullable OutboundQueue outboundQueue;
    private @Nullable ArrayDeque<Frame> heldFrames;
    private int heldBytes;
    private int holdCount;
    private int queuedBytes;
    private long resyncs;
    private BiFunction<String, String, Frame> resyncNotification = OutboundQueue::plainResync;
    private int framesOut;
    private long lastWriteMs;
    private long bytesWritten;
    private long progressBytes;
    private long progressMs;
    private boolean closed;

    public SocketChannel(
            Transport transport,
            GatewayConfig.Limits limits,
            GatewayMetrics metrics,
            TrafficCounters traffic,
            Clock clock) {
        this.transport = transport;
        this.traffic = traffic;
        this.limits = limits;
        this.metrics = metrics;
        this.clock = clock;
        lastWriteMs = clock.millis();
    }

    /** Sets what makes the {@code resync} of a thread whose events were dropped, from the thread's id and the cursor. */
    void resyncNotification(BiFunction<String, String, Frame> notification) {
        resyncNotification = notification;
    }

    /** Writes a reply. */
    public void send(String text) {
        writeOrEnqueue(Frame.of(text));
    }

    private void writeOrEnqueue(Frame frame) {
        if (closed) {
            return;
        }
        if (canWrite(frame.size())) {
            countWritten(1, frame.size());
            transport.write(frame);
        } else {
            enqueue(frame);
        }
    }

    /** Writes notifications; they wait while notifications are held. */
    void deliver(FrameBatch batch) {
        if (closed) {
            return;
        }
        if (holdCount > 0) {
            batch.frames().forEach(this::hold);
        } else if (canWrite(batch.size())) {
            countWritten(batch.frames().size(), batch.size());
            transport.write(batch);
        } else {
            batch.frames().forEach(this::enqueue);
        }
    }

    /** Whether the transport may be written to at once: nothing is queued, and unread output stays within the limit. */
    private boolean canWrite(int bytes) {
        long pending = transport.pendingBytes();
        return outboundQueue == null
                && (pending == 0 || (transport.isWritable() && pending + bytes <= limits.outboundBytes()));
    }

    private void countWritten(int frames, int bytes) {
        bytesWritten += bytes;
        framesOut += frames;
        traffic.sent(frames, bytes);
        lastWriteMs = clock.millis();
    }

    private void hold(Frame frame) {
        heldBytes += frame.size();
        if (heldBytes > limits.outboundBytes()) {
            closeSlow("outboundBytes");
            return;
        }
        if (heldFrames == null) {
            heldFrames = new ArrayDeque<>();
        }
        heldFrames.add(frame);
    }

    private void enqueue(Frame frame) {
        if (closed) {
            return;
        }
        OutboundQueue queue = outboundQueue;
        if (queue == null) {
            queue = new OutboundQueue();
            outboundQueue = queue;
            metrics.sockets().slowConnections(1);
        }
        queue.add(frame, clock.millis());
        if (queue.bytes() + transport.pendingBytes() > limits.outboundBytes()) {
            shrink(queue, limits.outboundBytes() / 2);
        }
        setQueuedBytes(queue.bytes());
        if (queue.bytes() > limits.outboundBytes()) {
            closeSlow("outboundBytes");
        }
    }

    private void shrink(OutboundQueue queue, long maxBytes) {
        metrics.sockets().conflated(queue.conflate());
        if (queue.bytes() > maxBytes) {
            Set<String> dropped = queue.resync(maxBytes, clock.millis(), resyncNotification);
            resyncs += dropped.size();
            metrics.sockets().outboundResyncs(dropped.size());
            dropped.forEach(threadId -> ResyncRecorder.thread(metrics, threadId, OutboundQueue.RESYNC, 1));
        }
    }

    /** How many times the events of a thread were dropped for a resync. */
    long resyncs() {
        return resyncs;
    }

    private void setQueuedBytes(long bytes) {
        metrics.sockets().outboundBytes(bytes - queuedBytes);
        queuedBytes = (int) bytes;
    }

    /** Writes queued frames until the transport is no longer writable. */
    void writeQueued() {
        OutboundQueue queue = outboundQueue;
        if (queue == null || closed) {
            return;
        }
        while (!queue.isEmpty() && transport.isWritable()) {
            Frame frame = queue.remove();
            countWritten(1, frame.size());
            transport.write(frame);
        }
        setQueuedBytes(queue.bytes());
        if (queue.isEmpty()) {
            outboundQueue = null;
            metrics.sockets().slowConnections(-1);
        }
    }

    /** Starts or ends a hold on notifications. Held notifications are written when the last hold has ended. */
    void holdNotifications(boolean hold) {
        holdCount += hold ? 1 : -1;
        ArrayDeque<Frame> pending = heldFrames;
        if (holdCount == 0 && pending != null) {
            heldFrames = null;
            heldBytes = 0;
            pending.forEach(this::writeOrEnqueue);
        }
    }

    /** Sends a ping frame. */
    void ping() {
        if (!closed) {
            transport.ping();
        }
    }

    /**
     * Checks the unread output. A peer that makes no progress within {@code limits.outboundSeconds} is closed with
     * 4413. Events that were queued for half of that are dropped for a resync, so that a slow peer receives recent
     * events.
     *
     * @return true if output is pending, so that this must be called again in a second
     */
    public boolean checkBacklog(long nowMs) {
        long limitMs = limits.outboundSeconds() * 1000L;
        long pending = transport.pendingBytes();
        OutboundQueue queue = outboundQueue;
        if (closed || (pending == 0 && queue == null)) {
            progressMs = 0;
            return false;
        }
        metrics.sockets().backlog(pending + queuedBytes);
        if (progressMs == 0 || bytesWritten - pending - progressBytes >= PROGRESS_BYTES) {
            progressBytes = bytesWritten - pending;
            progressMs = nowMs;
        } else if (nowMs - progressMs > limitMs) {
            closeSlow("outboundSeconds");
            return false;
        }
        if (queue != null && nowMs - queue.oldestMs(nowMs) > limitMs / 2) {
            shrink(queue, 0);
            setQueuedBytes(queue.bytes());
        }
        return true;
    }

    /** Number of text frames written. */
    int framesOut() {
        return framesOut;
    }

    /** Bytes of these frames. */
    long bytesOut() {
        return bytesWritten;
    }

    /** Bytes that the peer has not read. */
    long backlogBytes() {
        return transport.pendingBytes() + queuedBytes;
    }

    /** The counters of the event loop. */
    TrafficCounters traffic() {
        return traffic;
    }

    /** When the last text was written, in epoch milliseconds. */
    long lastWriteMs() {
        return lastWriteMs;
    }

    private void closeSlow(String limit) {
        if (!closed) {
            metrics.limitHit(limit);
            close(CloseCode.TOO_SLOW);
        }
    }

    /** Closes the connection. Later frames are dropped. */
    public void close(CloseCode code) {
        if (!closed) {
            discard();
            transport.close(code.number(), code.token());
        }
    }

    /** Whether either side has begun to close, or the socket is gone. */
    boolean isClosed() {
        return closed;
    }

    /** Drops all output, as nothing can be written any more. */
    void discard() {
        closed = true;
        heldFrames = null;
        if (outboundQueue != null) {
            outboundQueue = null;
            setQueuedBytes(0);
            metrics.sockets().slowConnections(-1);
        }
    }

    /** Stops reading from the peer until {@link #resume}. */
    void pause() {
        transport.pause();
    }

    /** Resumes reading from the peer. */
    void resume() {
        transport.resume();
    }
}
