package dev.chatgateway.signaling.wire;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Up to where the client of one session has acknowledged each thread. A position counts once all pushes up to it are
 * acknowledged: another node that continues from it brings the others again. Owned by the session's event loop.
 */
public final class AcknowledgedPositions {
    private final Map<String, String> acknowledged = new HashMap<>();
    private final Deque<Step> steps = new ArrayDeque<>();
    private boolean changed;

    public AcknowledgedPositions(Map<String, String> positions) {
        acknowledged.putAll(positions);
    }

    /** A position that counts when the push, and all before it, are acknowledged; a null cursor ends the thread. */
    private record Step(
            long pushId, String threadId, @Nullable String cursor) {}

    /**
     * The session has reached a position.
     *
     * @param cursor null if the thread has ended for the user
     * @param lastPushId the newest push of the session
     * @param oldestPushId the oldest push that is not acknowledged; above the last one if there is none
     */
    public void reach(String threadId, @Nullable String cursor, long lastPushId, long oldestPushId) {
        Step newest = steps.peekLast();
        if (newest != null && newest.pushId() == lastPushId && newest.threadId().equals(threadId)) {
            steps.removeLast();
        }
        steps.addLast(new Step(lastPushId, threadId, cursor));
        acknowledge(oldestPushId);
    }

    /** All pushes before this one are acknowledged. */
    public void acknowledge(long oldestPushId) {
        for (Step step = steps.peekFirst(); step != null && step.pushId() < oldestPushId; step = steps.peekFirst()) {
            steps.removeFirst();
            if (step.cursor() == null) {
                changed |= acknowledged.remove(step.threadId()) != null;
            } else {
                changed |= !step.cursor().equals(acknowledged.put(step.threadId(), step.cursor()));
            }
        }
    }

    /** The cursors by thread. */
    public Map<String, String> all() {
        return acknowledged;
    }

    /** Whether a position has changed since the last call. */
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }
}
