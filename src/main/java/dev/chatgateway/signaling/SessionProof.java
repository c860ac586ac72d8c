package dev.chatgateway.signaling;

import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.signaling.handover.Grant;

/** Keeps the token of one session proved, and the events held while it is not. Owned by the session's event loop. */
final class SessionProof {
    private final LoopContext loop;
    private final Owner session;
    private final SessionToken token;
    private boolean released;

    SessionProof(LoopContext loop, Owner session, Grant grant) {
        this.loop = loop;
        this.session = session;
        token = new SessionToken(grant.token(), grant.provenMs());
        loop.node().tokens().hold(grant.token(), session);
    }

    /** The session. */
    interface Owner extends Subscriber, ProvenTokens.Holder {}

    UserToken token() {
        return token.get();
    }

    /**
     * A token of the session's user that the service has accepted.
     *
     * @param provenMs when it did, epoch milliseconds
     */
    void renew(UserToken accepted, long provenMs) {
        if (released) {
            return;
        }
        UserToken before = token.get();
        if (token.accepted(accepted, provenMs)) {
            loop.node().tokens().release(before, session);
            loop.node().tokens().hold(accepted, session);
            loop.hub().replaceToken(session, accepted);
        }
    }

    /**
     * Time has passed: has the token proved again, or holds the events.
     *
     * @param used whether the session has a connection or subscriptions; if not its client will show a token first
     * @return whether the token has just expired
     */
    boolean check(long nowMs, boolean used) {
        switch (token.advice(nowMs)) {
            case EXPIRED -> {
                loop.hub().pause(session);
                return true;
            }
            case DOUBT -> loop.hub().doubt(session);
            case PROVE -> {
                if (used) {
                    prove(token.get());
                }
            }
            case NOTHING -> {}
        }
        return false;
    }

    private void prove(UserToken which) {
        loop.node().tokens().proveAgain(which).onSuccess(at -> {
            if (token.get().equals(which)) {
                renew(which, at.toEpochMilli());
            }
        });
    }

    /** Milliseconds until the next check is due. */
    long next(long nowMs) {
        return token.next(nowMs);
    }

    void release() {
        released = true;
        loop.node().tokens().release(token.get(), session);
    }
}
