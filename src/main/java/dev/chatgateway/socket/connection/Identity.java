package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Caller;
import dev.chatgateway.event.UserToken;

/**
 * The user of a connection and the token in force. A proof is the time at which the service last accepted the token.
 * Owned by the event loop of the connection.
 */
public final class Identity implements Caller {
    private static final long EXPIRY_NOTICE_MS = 300_000;
    private static final long RENEW_PROOF_MS = 540_000;
    private static final long RETRY_PROOF_MS = 30_000;
    /**
     * The oldest proof on which events are delivered: ten minutes, and one minute for a service that is briefly
     * unavailable.
     */
    private static final long MAX_PROOF_AGE_MS = 660_000;

    private UserToken token;
    private long provenAtMs;
    private long renewAtMs;
    private boolean overdue;
    private boolean expiryAnnounced;

    public Identity(UserToken token, long nowMs) {
        this.token = token;
        this.provenAtMs = nowMs;
        this.renewAtMs = nowMs + RENEW_PROOF_MS;
    }

    @Override
    public UserToken token() {
        return token;
    }

    /** The raw id of the user. */
    String userId() {
        return token.userId();
    }

    /** Replaces the token by another proven token of the same user. */
    void replace(UserToken newer, long nowMs) {
        token = newer;
        provenAtMs = nowMs;
        renewAtMs = nowMs + RENEW_PROOF_MS;
        overdue = false;
        expiryAnnounced = false;
    }

    /**
     * The service has accepted the token again.
     *
     * @return whether delivery was paused because the proof was too old
     */
    boolean proofRenewed(long nowMs) {
        boolean wasOverdue = overdue;
        provenAtMs = nowMs;
        renewAtMs = nowMs + RENEW_PROOF_MS;
        overdue = false;
        return wasOverdue;
    }

    /** What to do about the token now. {@code ANNOUNCE_EXPIRY} and {@code PAUSE_UNPROVEN} are returned once. */
    Action nextAction(long nowMs, long graceMs) {
        long leftMs = token.expiresOn().toEpochMilli() - nowMs;
        if (leftMs <= -graceMs) {
            return Action.CLOSE;
        }
        if (leftMs <= 0) {
            return Action.PAUSE_EXPIRED;
        }
        if (leftMs <= EXPIRY_NOTICE_MS && !expiryAnnounced) {
            expiryAnnounced = true;
            return Action.ANNOUNCE_EXPIRY;
        }
        if (nowMs - provenAtMs >= MAX_PROOF_AGE_MS && !overdue) {
            overdue = true;
            return Action.PAUSE_UNPROVEN;
        }
        if (nowMs >= renewAtMs) {
            renewAtMs = nowMs + RETRY_PROOF_MS;
            return Action.RENEW_PROOF;
        }
        return Action.NOTHING;
    }

    /** Milliseconds until {@link #nextAction} may change. */
    long nextActionInMs(long nowMs, long graceMs) {
        long expires = token.expiresOn().toEpochMilli();
        long expiryStep = nowMs < expires ? expires : expires + graceMs;
        long notice = expiryAnnounced ? expiryStep : expires - EXPIRY_NOTICE_MS;
        long proofLimit = overdue ? expiryStep : provenAtMs + MAX_PROOF_AGE_MS;
        return Math.min(Math.min(notice, expiryStep), Math.min(renewAtMs, proofLimit)) - nowMs;
    }

    /** What to do about a token. */
    enum Action {
        NOTHING,
        /** Tell the client that its token is about to expire. */
        ANNOUNCE_EXPIRY,
        /** The token has expired: pause delivery until there is a new one. */
        PAUSE_EXPIRED,
        /** No new token came in time: close the connection. */
        CLOSE,
        /** The proof is too old because the service is unavailable: pause delivery until it accepts the token again. */
        PAUSE_UNPROVEN,
        /** The proof is nine minutes old: ask the service again. */
        RENEW_PROOF
    }
}
