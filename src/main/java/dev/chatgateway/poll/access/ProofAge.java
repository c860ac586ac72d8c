package dev.chatgateway.poll.access;

/** Ages up to which a list of participants proves membership, in milliseconds. */
public final class ProofAge {
    /** A user whom a list of at most this age names may subscribe without a call. */
    public static final long FRESH_MS = 30_000;
    /** Without a list of at most this age the thread is neither polled nor are its events published. */
    public static final long LIFE_MS = 600_000;

    private ProofAge() {}
}
