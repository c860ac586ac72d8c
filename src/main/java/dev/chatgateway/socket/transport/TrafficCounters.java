package dev.chatgateway.socket.transport;

import dev.chatgateway.metrics.SocketMetrics;

/**
 * Frames and bytes of all connections of one event loop, in plain fields: a write to one of thousands of sockets costs
 * one addition. {@link #report} moves them to the metrics once a second. Owned by the event loop.
 */
public final class TrafficCounters {
    private long framesIn;
    private long bytesIn;
    private long framesOut;
    private long bytesOut;

    public void received(int bytes) {
        framesIn++;
        bytesIn += bytes;
    }

    public void sent(int frames, int bytes) {
        framesOut += frames;
        bytesOut += bytes;
    }

    public void report(SocketMetrics metrics) {
        metrics.traffic(framesIn, bytesIn, framesOut, bytesOut);
        framesIn = 0;
        bytesIn = 0;
        framesOut = 0;
        bytesOut = 0;
    }
}
