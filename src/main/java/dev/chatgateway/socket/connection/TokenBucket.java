package dev.chatgateway.socket.connection;

/** A token bucket: a burst, refilled evenly. Thread-safe, because all event loops share the bucket of a user. */
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

    /** Changes the rate. Saved tokens are kept up to the new burst. */
    synchronized void setRate(int perSecond, int newBurst) {
        perMs = perSecond / 1000.0;
        burst = newBurst;
    }

    /**
     * Takes one token.
     *
     * @return 0 if a token was taken; otherwise milliseconds until one is available
     */
    synchronized long tryTake(long nowMs) {
        level = Math.min(burst, level + Math.max(0, nowMs - lastMs) * perMs);
        lastMs = nowMs;
        if (level >= 1) {
            level -= 1;
            return 0;
        }
        return (long) Math.ceil((1 - level) / perMs);
    }
}
