package dev.chatgateway.cluster;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Another node, as this one counts what goes to it and what comes from it. Owned by the bus's context. */
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

    /** Number of the last message that went to it. */
    long sent() {
        return sent;
    }

    /** Number of the last message that came from it. */
    long got() {
        return got;
    }

    long next() {
        return ++sent;
    }

    /** How many messages it has not said it got. */
    long unacknowledged() {
        return sent - acknowledged;
    }

    /** What an arrival is. */
    enum Arrival {
        NEXT,
        DUPLICATE,
        /** Something before it was lost. */
        AFTER_GAP
    }

    /** Takes an arrival into account; a beat names the last number before it. */
    Arrival arrived(Envelope envelope, long nowMs) {
        heardMs = nowMs;
        acknowledged = Math.max(acknowledged, Math.min(sent, envelope.got()));
        boolean beat = envelope.body() == null;
        if (!envelope.link().equals(theirLink)) {
            theirLink = envelope.link();
            got = 0;
        }
        long expected = beat ? got : got + 1;
        if (envelope.seq() < expected || (beat && envelope.seq() == got)) {
            return beat ? Arrival.NEXT : Arrival.DUPLICATE;
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
