package dev.chatgateway.poll.diff;

/**
 * A state that the service showed later than the overlap allows, and what follows from it for an hour: listings go back
 * further, and a cursor that was issued before the state was shown is resumed from below it. Lives on the poller's
 * context.
 */
public final class LateStates {
    private static final long REMEMBERED_MS = 3_600_000;
    /** The overlap is raised to so many times the delay seen. */
    private static final int MARGIN = 2;

    private long until;
    private long overlapMs;
    private long from = Long.MAX_VALUE;
    private long seenAtMark;

    /** A state with that version was first listed when the mark was above it by more than the overlap. */
    public void seen(long version, long mark, long overlapLimitMs, long now) {
        if (now >= until) {
            overlapMs = 0;
            from = Long.MAX_VALUE;
        }
        until = now + REMEMBERED_MS;
        overlapMs = Math.min(overlapLimitMs, Math.max(overlapMs, (mark - version) * MARGIN));
        from = Math.min(from, version);
        seenAtMark = Math.max(seenAtMark, mark);
    }

    /** The overlap in milliseconds: the configured one, or more while a late state is remembered. */
    public long overlapMs(long configured, long now) {
        return now < until ? Math.max(configured, overlapMs) : configured;
    }

    /**
     * Above which version a client with a cursor may lack states.
     *
     * @param version of the cursor
     * @param low the same without late states
     */
    public long low(long version, long low, long now) {
        return now < until && version <= seenAtMark ? Math.min(low, from - 1) : low;
    }
}
