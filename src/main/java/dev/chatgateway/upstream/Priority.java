package dev.chatgateway.upstream;

/** Which calls come first when a rate window runs low; earlier is more urgent. */
public enum Priority {
    SEND,
    HISTORY,
    POKE,
    POLL,
    RECEIPTS,
    SWEEP;

    /** Whether users notice that such a call is late. */
    public boolean waited() {
        return compareTo(POLL) <= 0;
    }

    /** The part of a window that calls of the priority may fill together with other background calls. */
    public double share() {
        return switch (this) {
            case SEND, HISTORY -> 1;
            case POKE -> 0.5;
            case POLL -> 0.45;
            case RECEIPTS -> 0.4;
            case SWEEP -> 0.25;
        };
    }
}
