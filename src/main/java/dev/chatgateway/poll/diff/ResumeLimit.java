package dev.chatgateway.poll.diff;

/**
 * The lowest version that a listing for resuming subscribers reached before it hit the page limit. For a minute no
 * listing is made for a cursor below that version. Used on the poller's context.
 */
public final class ResumeLimit {
    private static final long REMEMBERED_MS = 60_000;

    private long lowestReached;
    private long rememberedUntil;

    /** Records that a listing hit the page limit at that version. */
    public void giveUp(long reachedVersion, long now) {
        lowestReached = now < rememberedUntil ? Math.min(lowestReached, reachedVersion) : reachedVersion;
        rememberedUntil = now + REMEMBERED_MS;
    }

    /** Whether a listing down to that version hit the page limit within the last minute. */
    public boolean givenUp(long version, long now) {
        return now < rememberedUntil && version < lowestReached;
    }
}
