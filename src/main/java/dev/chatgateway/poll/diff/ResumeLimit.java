package dev.chatgateway.poll.diff;

/**
 * Where the last listing for resuming subscribers was given up, as it took more pages than are allowed: for a minute nobody
 * lists for a position below that again. Lives on the poller's context.
 */
public final class ResumeLimit {
    private static final long REMEMBERED_MS = 60_000;

    private long bottom;
    private long until;

    /** A listing has ended above the version that it was to reach. */
    public void giveUp(long atVersion, long now) {
        bottom = now < until ? Math.min(bottom, atVersion) : atVersion;
        until = now + REMEMBERED_MS;
    }

    /** Whether a listing down to that version was given up a moment ago. */
    public boolean givenUp(long version, long now) {
        return now < until && version < bottom;
    }
}
