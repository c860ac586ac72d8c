package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Caller;
import dev.chatgateway.event.UserToken;

/**
 * Who a connection acts for: the user proven at first, and the token in force. Owned by the connection's event loop.
 */
public final class Identity implements Caller {
    private static final long EXPIRY_NOTICE_MS = 300_000;
    private static final long PROOF_LIFE_MS = 540_000;
    private static final long PROOF_RETRY_MS = 30_000;
    /** Ten minutes, and one of grace for a service that is just away. */
    private static final long TRUST_MS = 660_000;

    private UserToken token;
    private long provenAtMs;
    private long askAtMs;
    private boolean doubted;
    private boolean announced;

    public Identity(UserToken token, long nowMs) {
        this.token = token;
        this.provenAtMs = nowMs;
        this.askAtMs = nowMs + PROOF_LIFE_MS;
    }

    @Override
    public UserToken token() {
        return token;
    }

    /** The raw id of the proven user. */
    String userId() {
        return token.userId();
    }

    /** A newer token of the same user was proven. */
    void replace(UserToken newer, long nowMs) {
        token = newer;
        provenAtMs = nowMs;
        askAtMs = nowMs + PROOF_LIFE_MS;
        doubted = false;
        announced = false;
    }

    /** The token in force was accepted once more; says whether that ended a doubt. */
    boolean proven(long nowMs) {
        boolean before = doubted;
        provenAtMs = nowMs;
        askAtMs = nowMs + PROOF_LIFE_MS;
        doubted = false;
        return before;
    }

    /** What the state of the token asks for at this moment. */
    Advice advice(long nowMs, long graceMs) {
        long leftMs = token.expiresOn().toEpochMilli() - nowMs;
        if (leftMs <= -graceMs) {
            return Advice.CLOSE;
        }
        if (leftMs <= 0) {
            return Advice.PAUSE;
        }
        if (leftMs <= EXPIRY_NOTICE_MS && !announced) {
            announced = true;
            return Advice.ANNOUNCE;
        }
        if (nowMs - provenAtMs >= TRUST_MS && !doubted) {
            doubted = true;
            return Advice.DOUBT;
        }
        if (nowMs >= askAtMs) {
            askAtMs = nowMs + PROOF_RETRY_MS;
            return Advice.PROVE_AGAIN;
        }
        return Advice.NOTHING;
    }

    /** Milliseconds until {@link #advice} may be another. */
    long next(long nowMs, long graceMs) {
        long expires = token.expiresOn().toEpochMilli();
        long end = nowMs < expires ? expires : expires + graceMs;
        long notice = announced ? end : expires - EXPIRY_NOTICE_MS;
        long doubt = doubted ? end : provenAtMs + TRUST_MS;
        return Math.min(Math.min(notice, end), Math.min(askAtMs, doubt)) - nowMs;
    }

    /** What to do about a token. */
    enum Advice {
        NOTHING,
        /** Tell the client, once, that its token is about to expire. */
        ANNOUNCE,
        /** The token has expired: deliver nothing until there is a new one. */
        PAUSE,
        /** No new token came in time. */
        CLOSE,
        /** The service could not be asked for too long: deliver nothing until it has accepted the token again. */
        DOUBT,
        /** The service must accept the token again, as what it said is soon ten minutes old. */
        PROVE_AGAIN
    }
}
