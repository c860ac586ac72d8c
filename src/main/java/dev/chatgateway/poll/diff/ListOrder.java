package dev.chatgateway.poll.diff;

import java.util.HashMap;
import java.util.Map;

/**
 * Whether the service lists messages by version, on which polling relies. A thread in which it does not is compared by
 * message instead of by version for an hour; so are all threads of the node once it was seen in two. Lives on the
 * poller's context.
 */
public final class ListOrder {
    private static final long DOUBTED_MS = 3_600_000;
    /** Threads remembered: two are enough to doubt all. */
    private static final int ENOUGH = 2;

    private final Map<String, Long> doubtedUntil = new HashMap<>();

    /** A listing of the thread was not in the order of versions; whether the thread was not in doubt before. */
    public boolean violated(String threadId, long now) {
        boolean before = doubted(threadId, now);
        if (doubtedUntil.size() < ENOUGH || doubtedUntil.containsKey(threadId)) {
            doubtedUntil.put(threadId, now + DOUBTED_MS);
        }
        return !before;
    }

    /** Whether listings of the thread may not be in the order of versions. */
    public boolean doubted(String threadId, long now) {
        if (doubtedUntil.isEmpty()) {
            return false;
        }
        doubtedUntil.values().removeIf(until -> until <= now);
        return doubtedUntil.size() >= ENOUGH || doubtedUntil.containsKey(threadId);
    }
}
