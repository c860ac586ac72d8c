package dev.chatgateway.socket.connection;

/** RpcRequests that a client may send: a burst, refilled evenly. Any thread: a user's is shared by all loops. */
final class TokenBucket {
    private double perMs;
    private double burst;
    private double level;
    private long lastMs;

    TokenBucket(int perSecond, int burst, long nowMs) {
        this.perMs = perSecond / 1000.0;
        this.burst = burst;
        this.level = burst;
        this.lastMs = nowMs;
    }

    /** From now on this rate; what had been saved stays, up to the new burst. */
    synchronized void rate(int perSecond, int most) {
        perMs = perSecond / 1000.0;
        burst = most;
    }

    /** Takes one; otherwise says how many milliseconds it takes until there is one. Zero means taken. */
    synchronized long take(long nowMs) {
        level = Math.min(burst, level + Math.max(0, nowMs - lastMs) * perMs);
        lastMs = nowMs;
        if (level >= 1) {
            level -= 1;
            return 0;
        }
        return (long) Math.ceil((1 - level) / perMs);
    }
}
