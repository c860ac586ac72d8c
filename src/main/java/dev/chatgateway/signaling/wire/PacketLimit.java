package dev.chatgateway.signaling.wire;

/** Bounds the packets that a client sends in a time, over either transport. Used on one event loop. */
public final class PacketLimit {
    private static final long WINDOW_MS = 10_000;
    /** One acknowledgement and one ping for each of many pushes. */
    private static final int MOST_PACKETS = 20_000;

    private long windowMs;
    private int packets;

    /** Counts packets; false if they are too many. */
    public boolean allows(int count, long nowMs) {
        if (nowMs - windowMs >= WINDOW_MS) {
            windowMs = nowMs;
            packets = 0;
        }
        packets += count;
        return packets <= MOST_PACKETS;
    }
}
