package dev.chatgateway.socket;

import dev.chatgateway.config.GatewayConfig;

/** When a connection was last heard of and when it must be pinged or given up. Owned by one event loop. */
final class Pulse {
    private final GatewayConfig.Limits limits;
    private final long openedMs;
    private long heardMs;
    private long pingedMs;
    private long bytesIn;
    private int framesIn;
    private boolean reading = true;
    private boolean pinged;

    Pulse(GatewayConfig.Limits limits, long nowMs) {
        this.limits = limits;
        openedMs = nowMs;
        heardMs = nowMs;
        pingedMs = nowMs;
    }

    /** When the connection was opened, epoch milliseconds. */
    long openedMs() {
        return openedMs;
    }

    /** A frame has come from the peer, a pong included. */
    void heard(long nowMs, int bytes) {
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
    boolean tooLate(long nowMs, boolean nameless) {
        return (nameless && nowMs - openedMs >= limits.authenticateSeconds() * 1000L)
                || (reading && nowMs - heardMs >= limits.idleSeconds() * 1000L);
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

    /** Milliseconds until something is due, if the peer stays silent. */
    long next(long nowMs, boolean nameless) {
        long ping = pingedMs + limits.pingSeconds() * 1000L;
        long idle = reading ? heardMs + limits.idleSeconds() * 1000L : ping;
        long name = nameless ? openedMs + limits.authenticateSeconds() * 1000L : ping;
        return Math.min(ping, Math.min(idle, name)) - nowMs;
    }

    /** Milliseconds between pings. */
    long pingMs() {
        return limits.pingSeconds() * 1000L;
    }

    /** Whether nothing was sent for a ping interval, so that a browser, which sees no ping frames, is told. */
    boolean quiet(long nowMs, long lastWriteMs) {
        return nowMs - lastWriteMs >= limits.pingSeconds() * 1000L;
    }
}
