package dev.chatgateway.poll;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells an outage from users who lost their right: when the service refuses many users within ten seconds it is the
 * service that is wrong, and nobody's subscription ends. One for all threads of the node; lives on the poller's context.
 */
final class RefusalBreaker {
    /** How soon a proof is asked for again while the breaker is open: by then the refusals of others still count. */
    static final long AGAIN_MS = 5_000;

    private static final long WINDOW_MS = 10_000;
    private static final int MANY = 8;
    /** That many are enough when nobody at all was served since. */
    private static final int SEVERAL = 3;

    private static final int KEPT = 256;

    /** When each user was refused last, the longest ago first. */
    private final Map<String, Long> recent = new LinkedHashMap<>();

    private long servedAt;

    /**
     * The service answered somebody.
     *
     * @param begun when the call was made: a slow answer tells nothing of the time after
     */
    void served(long begun) {
        servedAt = Math.max(servedAt, begun);
    }

    /** The service refused the user's token. */
    void refused(String userId, long now) {
        recent.remove(userId);
        recent.put(userId, now);
        if (recent.size() > KEPT) {
            recent.remove(recent.keySet().iterator().next());
        }
    }

    /** Whether refusals mean an outage now. */
    boolean open(long now) {
        recent.values().removeIf(at -> at < now - WINDOW_MS);
        long since = recent.values().stream().filter(at -> at > servedAt).count();
        return recent.size() >= MANY || since >= SEVERAL;
    }
}
