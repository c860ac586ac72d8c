package dev.chatgateway.upstream;

/** Who goes first when a rate window runs low; earlier is more urgent. */
public enum Priority {
    SEND,
    HISTORY,
    POKE,
    POLL,
    RECEIPTS,
    SWEEP
}
