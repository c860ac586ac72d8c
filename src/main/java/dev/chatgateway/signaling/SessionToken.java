package dev.chatgateway.signaling;

import dev.chatgateway.event.UserToken;

/**
 * The token that a session acts with, and when the service accepted it last. Owned by the session's event loop.
 */
final class SessionToken {
    private static final long PROOF_LIFE_MS = 540_000;
    private static final long PROOF_RETRY_MS = 30_000;
    /** Ten minutes, and one of grace for a service that cannot be asked. */
    private static final long TRUST_MS = 660_000;

    private UserToken token;
    private long provenMs;
    private long askMs;
    private boolean doubted;
    private boolean expired;

    SessionToken(UserToken token, long provenMs) {
        this.token = token;
        this.provenMs = provenMs;
        askMs = provenMs + PROOF_LIFE_MS;
    }

    /** What the state of the token asks for. */
    enum Advice {
        NOTHING,
        /** The token has expired; returned once. */
        EXPIRED,
        /** The service could not be asked for too long; returned once. */
        DOUBT,
        /** The service must accept the token once more. */
        PROVE
    }

    UserToken get() {
        return token;
    }

    /** Whether events may be delivered. */
    private boolean usable() {
        return !expired && !doubted;
    }

    /**
     * A token was accepted, the same one or a newer one; returns whether that ends a hold.
     *
     * @param atMs when the service accepted it
     */
    boolean accepted(UserToken newer, long atMs) {
        boolean same = newer.equals(token);
        boolean held = !usable() || !same;
        token = newer;
        provenMs = same ? Math.max(provenMs, atMs) : atMs;
        askMs = provenMs + PROOF_LIFE_MS;
        doubted = false;
        expired = false;
        return held;
    }

    Advice advice(long nowMs) {
        if (token.expiresOn().toEpochMilli() <= nowMs) {
            boolean first = !expired;
            expired = true;
            return first ? Advice.EXPIRED : Advice.NOTHING;
        }
        if (nowMs - provenMs >= TRUST_MS && !doubted) {
            doubted = true;
            return Advice.DOUBT;
        }
        if (nowMs >= askMs) {
            askMs = nowMs + PROOF_RETRY_MS;
            return Advice.PROVE;
        }
        return Advice.NOTHING;
    }

    /** Milliseconds until the advice may be another. */
    long next(long nowMs) {
        if (expired) {
            return Long.MAX_VALUE;
        }
        long end = token.expiresOn().toEpochMilli();
        return Math.max(1, Math.min(Math.min(askMs, end), doubted ? end : provenMs + TRUST_MS) - nowMs);
    }
}
