package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;

/** When a connection was last heard of and when it must be pinged or given up. Owned by one event loop. */
public final class Heartbeat {
    private static final long NEVER = Long.MAX_VALUE;

    /** What could not be sent, as older frames still wait, is looked at again after this time. */
    private static final long AGAIN_MS = 1_000;

    /** Time to sign in is given anew until so many times of it have passed. */
    private static final int MOST_TIMES = 6;

    private final GatewayConfig.Limits limits;
    private final long openedMs;
    private long heardMs;
    private long pingedMs;
    private long nameByMs;
    private long leftMs;
    private long bytesIn;
    private int framesIn;
    private boolean reading = true;
    private boolean pinged;

    public Heartbeat(GatewayConfig.Limits limits, long nowMs) {
        this.limits = limits;
        openedMs = nowMs;
        heardMs = nowMs;
        pingedMs = nowMs;
        nameByMs = nowMs + nameMs();
    }

    private long nameMs() {
        return limits.authenticateSeconds() * 1000L;
    }

    /** The peer has named itself: the time for that stands still, or is over for good. */
    public void named(long nowMs) {
        leftMs = nameByMs - nowMs;
        nameByMs = NEVER;
    }

    /**
     * The peer was not accepted, and its time goes on.
     *
     * @param hindered whether that is not its fault: then it has the whole time once more, though not for ever
     */
    void unnamed(long nowMs, boolean hindered) {
        long lastMs = openedMs + MOST_TIMES * nameMs();
        nameByMs = hindered ? Math.max(nowMs + leftMs, Math.min(nowMs + nameMs(), lastMs)) : nowMs + leftMs;
    }

    /** When the connection was opened, epoch milliseconds. */
    long openedMs() {
        return openedMs;
    }

    /** A frame has come from the peer, a pong included. */
    public void heard(long nowMs, int bytes) {
        heardMs = nowMs;
        framesIn++;
        bytesIn += bytes;
    }

    /** A pong has come: milliseconds since the ping that asked for it; -1 for one too many. */
    long pong(long nowMs) {
        boolean asked = pinged;
        pinged = false;
        return asked ? nowMs - pingedMs : -1;
    }

    /** Frames that have come. */
    int framesIn() {
        return framesIn;
    }

    /** Bytes of their data. */
    long bytesIn() {
        return bytesIn;
    }

    /** While the gateway itself does not read, silence is no sign. */
    void reading(boolean on, long nowMs) {
        reading = on;
        heardMs = nowMs;
    }

    /** Whether the peer has not named itself in time, or was silent for too long. */
    boolean tooLate(long nowMs) {
        return nowMs >= nameByMs || (reading && nowMs - heardMs >= limits.idleSeconds() * 1000L);
    }

    /** True once every ping interval. */
    boolean pingDue(long nowMs) {
        boolean due = nowMs - pingedMs >= limits.pingSeconds() * 1000L;
        if (due) {
            pingedMs = nowMs;
            pinged = true;
        }
        return due;
    }

    /**
     * Milliseconds until something is due, if the peer stays silent.
     *
     * @param writtenMs when something was last sent
     */
    long next(long nowMs, long writtenMs) {
        long ping = pingedMs + pingMs();
        long text = Math.max(writtenMs + pingMs(), nowMs + AGAIN_MS);
        long idle = reading ? heardMs + limits.idleSeconds() * 1000L : ping;
        return Math.min(Math.min(ping, text), Math.min(idle, nameByMs)) - nowMs;
    }

    /** Milliseconds between pings. */
    long pingMs() {
        return limits.pingSeconds() * 1000L;
    }

    /** Whether nothing was sent for a ping interval, so that a browser, which sees no ping frames, is told. */
    boolean quiet(long nowMs, long writtenMs) {
        return nowMs - writtenMs >= pingMs();
    }
}
