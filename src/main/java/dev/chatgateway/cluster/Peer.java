package dev.chatgateway.cluster;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Numbers of the messages that are exchanged with one other node. Owned by the bus's context. */
final class Peer {
    private final String link = UUID.randomUUID().toString();
    private long sent;
    private long acknowledged;
    private @Nullable String theirLink;
    private long got;
    private long heardMs;
    private boolean silent;

    Peer(long nowMs) {
        heardMs = nowMs;
    }

    String link() {
        return link;
    }

    /** Number of the last message that was sent to it. */
    long sent() {
        return sent;
    }

    /** Number of the last message that was received from it. */
    long got() {
        return got;
    }

    long next() {
        return ++sent;
    }

    /** How many messages it has not acknowledged. */
    long unacknowledged() {
        return sent - acknowledged;
    }

    /** How an envelope follows the one before. */
    enum Arrival {
        NEXT,
        DUPLICATE,
        /** Messages before it were lost. */
        AFTER_GAP
    }

    /** Counts an envelope that has arrived. A heartbeat has the number of the last message before it. */
    Arrival arrived(Envelope envelope, long nowMs) {
        heardMs = nowMs;
        acknowledged = Math.max(acknowledged, Math.min(sent, envelope.got()));
        boolean heartbeat = envelope.body() == null;
        if (!envelope.link().equals(theirLink)) {
            theirLink = envelope.link();
            got = 0;
        }
        long expected = heartbeat ? got : got + 1;
        if (envelope.seq() < expected || (heartbeat && envelope.seq() == got)) {
            return heartbeat ? Arrival.NEXT : Arrival.DUPLICATE;
        }
        got = envelope.seq();
        return envelope.seq() == expected ? Arrival.NEXT : Arrival.AFTER_GAP;
    }

    long heardMs() {
        return heardMs;
    }

    boolean silent() {
        return silent;
    }

    void silent(boolean now) {
        silent = now;
    }
}
