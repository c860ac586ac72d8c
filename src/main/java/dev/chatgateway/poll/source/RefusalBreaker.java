package dev.chatgateway.poll.source;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Distinguishes an outage of the service's authorization from users who lost access. While the service refuses the
 * tokens of many users within ten seconds, the breaker is open: refusals are taken for an outage and end no
 * subscription. One instance for all threads of the node. Used on the poller's context.
 */
public final class RefusalBreaker {
    /**
     * Milliseconds until a membership proof is tried again while the breaker is open. Shorter than the window, so that
     * the repeated refusals of an outage keep the breaker open.
     */
    public static final long RETRY_MS = 5_000;

    private static final long WINDOW_MS = 10_000;
    /** Refused users that open the breaker. */
    private static final int MANY_USERS = 8;
    /** Refused users that open the breaker if no call with any token has succeeded since their refusals. */
    private static final int SEVERAL_USERS = 3;

    private static final int MAX_ENTRIES = 256;

    /** A user who is refused for longer than this no longer counts towards {@link #MANY_USERS}. */
    private static final long MANY_LIMIT_MS = 30_000;

    /** A user who is refused for longer than this no longer counts towards {@link #SEVERAL_USERS}. */
    private static final long SEVERAL_LIMIT_MS = 300_000;

    /** By user id, oldest last refusal first. */
    private final Map<String, Streak> streaks = new LinkedHashMap<>();

    /** Refusals of one user that follow each other within the window: times of the first and the last. */
    private record Streak(long first, long last) {}

    private final Runnable onOpen;
    private long lastSuccessAt;

    public RefusalBreaker() {
        this(() -> {});
    }

    /** @param onOpen called each time {@link #open} returns true */
    public RefusalBreaker(Runnable onOpen) {
        this.onOpen = onOpen;
    }

    /**
     * Records that a call with a user's token succeeded.
     *
     * @param startedAt when the call was made: a slow response does not prove that later calls would succeed
     */
    public void recordSuccess(long startedAt) {
        lastSuccessAt = Math.max(lastSuccessAt, startedAt);
    }

    /** Records that the service refused the user's token. */
    public void recordRefusal(String userId, long now) {
        Streak previous = streaks.remove(userId);
        long first = previous != null && previous.last >= now - WINDOW_MS ? previous.first : now;
        streaks.put(userId, new Streak(first, now));
        if (streaks.size() > MAX_ENTRIES) {
            streaks.remove(streaks.keySet().iterator().next());
        }
    }

    /** Whether refusals are taken for an outage now. */
    public boolean open(long now) {
        streaks.values().removeIf(streak -> streak.last < now - WINDOW_MS);
        // Membership proofs are repeated while the breaker is open. Without the time limits, the refusals of users who
        // lost access would keep it open for ever.
        long refused = streaks.values().stream()
                .filter(streak -> now - streak.first < MANY_LIMIT_MS)
                .count();
        long refusedSinceSuccess = streaks.values().stream()
                .filter(streak -> streak.last > lastSuccessAt && now - streak.first < SEVERAL_LIMIT_MS)
                .count();
        boolean outage = refused >= MANY_USERS || refusedSinceSuccess >= SEVERAL_USERS;
        if (outage) {
            onOpen.run();
        }
        return outage;
    }
}
