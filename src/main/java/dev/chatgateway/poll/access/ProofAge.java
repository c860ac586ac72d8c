package dev.chatgateway.poll.access;

/** How old a list of participants may be, in milliseconds. */
public final class ProofAge {
    /** A user whom a younger list names may subscribe without a call. */
    public static final long FRESH_MS = 30_000;
    /** Nothing is read or published on the strength of an older list. */
    public static final long LIFE_MS = 600_000;

    private ProofAge() {}
}
