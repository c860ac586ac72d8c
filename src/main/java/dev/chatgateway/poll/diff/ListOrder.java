package dev.chatgateway.poll.diff;

import java.util.HashMap;
import java.util.Map;

/**
 * Records threads whose messages the service did not list in falling order of version, the order on which polling
 * relies. For an hour such a thread is compared message by message instead of by the mark. Once two threads are
 * recorded, this applies to all threads of the node. Used on the poller's context.
 */
public final class ListOrder {
    private static final long DOUBTED_MS = 3_600_000;
    /** This many recorded threads put all threads in doubt; more are not recorded. */
    private static final int ALL_DOUBTED = 2;

    private final Map<String, Long> doubtedUntil = new HashMap<>();

    /** Records a listing that was not in order; returns whether the thread was not in doubt before. */
    public boolean recordViolation(String threadId, long now) {
        boolean before = doubted(threadId, now);
        if (doubtedUntil.size() < ALL_DOUBTED || doubtedUntil.containsKey(threadId)) {
            doubtedUntil.put(threadId, now + DOUBTED_MS);
        }
        return !before;
    }

    /** Whether the service may list the thread in another order than by version. */
    public boolean doubted(String threadId, long now) {
        if (doubtedUntil.isEmpty()) {
            return false;
        }
        doubtedUntil.values().removeIf(until -> until <= now);
        return doubtedUntil.size() >= ALL_DOUBTED || doubtedUntil.containsKey(threadId);
    }
}
