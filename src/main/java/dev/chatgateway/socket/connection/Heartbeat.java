package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;

/**
 * The time limits of a connection: when it must authenticate, when it is pinged, and when it is closed because the peer
 * is silent. Times are in epoch milliseconds. Owned by one event loop.
 */
public final class Heartbeat {
    private static final long NEVER = Long.MAX_VALUE;

    /** Interval of retries when a text ping has to wait for older frames. */
    private static final long RETRY_MS = 1_000;

    /** The time to authenticate may restart until it has passed this many times. */
    private static final int MAX_EXTENSIONS = 6;

    private final GatewayConfig.Limits limits;
    private final long openedMs;
    private long lastReceivedMs;
    private long lastPingMs;
    private long authenticateByMs;
    private long authenticateLeftMs;
    private long bytesIn;
    private final int pingSeconds;
    private int framesIn;
    private boolean reading = true;
    private boolean awaitingPong;

    public Heartbeat(GatewayConfig.Limits limits, int pingSeconds, long nowMs) {
        this.limits = limits;
        this.pingSeconds = pingSeconds;
        openedMs = nowMs;
        lastReceivedMs = nowMs;
        lastPingMs = nowMs;
        authenticateByMs = nowMs + authenticateMs();
    }

    private long authenticateMs() {
        return limits.authenticateSeconds() * 1000L;
    }

    /** Authentication is in progress: its time limit is suspended. */
    public void authenticationStarted(long nowMs) {
        authenticateLeftMs = authenticateByMs - nowMs;
        authenticateByMs = NEVER;
    }

    /**
     * Authentication has failed: its time limit continues.
     *
     * @param retryable whether the client is not at fault; then the time limit restarts, within a total of {@link
     *     #MAX_EXTENSIONS} times the limit
     */
    void authenticationFailed(long nowMs, boolean retryable) {
        long latestMs = openedMs + MAX_EXTENSIONS * authenticateMs();
        authenticateByMs = retryable
                ? Math.max(nowMs + authenticateLeftMs, Math.min(nowMs + authenticateMs(), latestMs))
                : nowMs + authenticateLeftMs;
    }

    long openedMs() {
        return openedMs;
    }

    /** A frame was received, pongs included. */
    public void frameReceived(long nowMs, int bytes) {
        lastReceivedMs = nowMs;
        framesIn++;
        bytesIn += bytes;
    }

    /**
     * A pong was received.
     *
     * @return milliseconds since the ping; -1 for a pong that was not asked for
     */
    long pongReceived(long nowMs) {
        boolean expected = awaitingPong;
        awaitingPong = false;
        return expected ? nowMs - lastPingMs : -1;
    }

    int framesIn() {
        return framesIn;
    }

    /** Bytes of the data of all received frames. */
    long bytesIn() {
        return bytesIn;
    }

    /** Suspends the idle limit while the gateway does not read from the socket. */
    void setReading(boolean on, long nowMs) {
        reading = on;
        lastReceivedMs = nowMs;
    }

    /** Whether the peer did not authenticate in time or was silent for too long. */
    boolean timedOut(long nowMs) {
        return nowMs >= authenticateByMs || (reading && nowMs - lastReceivedMs >= limits.idleSeconds() * 1000L);
    }

    /** True once in each ping interval; the caller must send a ping then. */
    boolean beginPingIfDue(long nowMs) {
        boolean due = nowMs - lastPingMs >= pingMs();
        if (due) {
            lastPingMs = nowMs;
            awaitingPong = true;
        }
        return due;
    }

    /**
     * Milliseconds until the next check, if the peer stays silent.
     *
     * @param writtenMs when the last text was sent
     */
    long nextCheckInMs(long nowMs, long writtenMs) {
        long ping = lastPingMs + pingMs();
        long text = Math.max(writtenMs + pingMs(), nowMs + RETRY_MS);
        long idle = reading ? lastReceivedMs + limits.idleSeconds() * 1000L : ping;
        return Math.min(Math.min(ping, text), Math.min(idle, authenticateByMs)) - nowMs;
    }

    /** Milliseconds between pings. */
    long pingMs() {
        return pingSeconds * 1000L;
    }

    /**
     * Whether no text was sent for a ping interval. The connection sends a text ping then, because scripts in a browser
     * do not see ping frames.
     */
    boolean needsTextPing(long nowMs, long writtenMs) {
        return nowMs - writtenMs >= pingMs();
    }
}
