package dev.chatgateway.poll.diff;

/**
 * Remembers for an hour that the service listed a state of a thread later than the overlap allows. During that time
 * polls list further below the mark, and a cursor that was issued before the state appeared resumes from below the
 * state. Used on the poller's context.
 */
public final class LateStates {
    private static final long REMEMBERED_MS = 3_600_000;
    /** The overlap is raised to the observed delay times this factor. */
    private static final int MARGIN = 2;

    private long rememberedUntil;
    private long overlapMs;
    private long lowestVersion = Long.MAX_VALUE;
    private long highestMark;

    /**
     * Records a late state.
     *
     * @param version of the state; lower than the mark by more than the overlap
     * @param mark of the thread when the state was first listed
     * @param maxOverlapMs upper limit of the raised overlap
     */
    public void record(long version, long mark, long maxOverlapMs, long now) {
        if (now >= rememberedUntil) {
            overlapMs = 0;
            lowestVersion = Long.MAX_VALUE;
        }
        rememberedUntil = now + REMEMBERED_MS;
        overlapMs = Math.min(maxOverlapMs, Math.max(overlapMs, (mark - version) * MARGIN));
        lowestVersion = Math.min(lowestVersion, version);
        highestMark = Math.max(highestMark, mark);
    }

    /** The overlap in milliseconds: the configured one, or a longer one while a late state is remembered. */
    public long overlapMs(long configuredMs, long now) {
        return now < rememberedUntil ? Math.max(configuredMs, overlapMs) : configuredMs;
    }

    /**
     * The version up to which the holder of a cursor certainly has every state.
     *
     * @param cursorVersion version of the cursor
     * @param completeUpTo the result if no late state is remembered
     */
    public long completeUpTo(long cursorVersion, long completeUpTo, long now) {
        return now < rememberedUntil && cursorVersion <= highestMark
                ? Math.min(completeUpTo, lowestVersion - 1)
                : completeUpTo;
    }
}
