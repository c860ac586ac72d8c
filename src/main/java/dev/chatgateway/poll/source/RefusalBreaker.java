package dev.chatgateway.poll.source;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells an outage from users who lost their right: when the service refuses many users within ten seconds it is the
 * service that is wrong, and nobody's subscription ends. One for all threads of the node; lives on the poller's context.
 */
public final class RefusalBreaker {
    /** How soon a proof is asked for again while the breaker is open: by then the refusals of others still count. */
    public static final long AGAIN_MS = 5_000;

    private static final long WINDOW_MS = 10_000;
    private static final int MANY = 8;
    /** That many are enough when nobody at all was served since. */
    private static final int SEVERAL = 3;

    private static final int KEPT = 256;

    /** Whom the service refuses for so long while it serves others has lost its right. */
    private static final long OTHERS_SERVED_MS = 30_000;

    /** The same while nobody is served: an outage that refuses everybody does not last that long. */
    private static final long NOBODY_SERVED_MS = 300_000;

    /** Since when and until when each user is refused, the longest ago first. */
    private final Map<String, Streak> recent = new LinkedHashMap<>();

    private record Streak(long first, long last) {}

    private final Runnable onOpen;
    private long servedAt;

    /** Tells nobody. */
    public RefusalBreaker() {
        this(() -> {});
    }

    /** @param onOpen run for each question that it answers with an outage */
    public RefusalBreaker(Runnable onOpen) {
        this.onOpen = onOpen;
    }

    /**
     * The service answered somebody.
     *
     * @param begun when the call was made: a slow answer tells nothing of the time after
     */
    public void served(long begun) {
        servedAt = Math.max(servedAt, begun);
    }

    /** The service refused the user's token. */
    public void refused(String userId, long now) {
        Streak before = recent.remove(userId);
        long first = before != null && before.last >= now - WINDOW_MS ? before.first : now;
        recent.put(userId, new Streak(first, now));
        if (recent.size() > KEPT) {
            recent.remove(recent.keySet().iterator().next());
        }
    }

    /** Whether refusals mean an outage now. */
    public boolean open(long now) {
        recent.values().removeIf(streak -> streak.last < now - WINDOW_MS);
        // Second proofs are asked for while it is open: without an end to what counts they would keep it open for ever.
        long many = recent.values().stream()
                .filter(streak -> now - streak.first < OTHERS_SERVED_MS)
                .count();
        long since = recent.values().stream()
                .filter(streak -> streak.last > servedAt && now - streak.first < NOBODY_SERVED_MS)
                .count();
        boolean outage = many >= MANY || since >= SEVERAL;
        if (outage) {
            onOpen.run();
        }
        return outage;
    }
}
