package dev.chatgateway.socket.transport;

import dev.chatgateway.metrics.SocketMetrics;

/**
 * Frames and bytes of all connections of a loop, in plain fields that only the loop touches: the counters behind them
 * are told once a second, as a write to one socket among thousands may cost nothing more than an addition.
 */
public final class TrafficCounters {
    private long framesIn;
    private long bytesIn;
    private long framesOut;
    private long bytesOut;

    public void read(int bytes) {
        framesIn++;
        bytesIn += bytes;
    }

    public void written(int frames, int bytes) {
        framesOut += frames;
        bytesOut += bytes;
    }

    public void tell(SocketMetrics metrics) {
        metrics.traffic(framesIn, bytesIn, framesOut, bytesOut);
        framesIn = 0;
        bytesIn = 0;
        framesOut = 0;
        bytesOut = 0;
    }
}
