package dev.chatgateway.signaling.wire;

import dev.chatgateway.event.ChatEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the client of one session has acknowledged: its position in each thread, and the newest message states. A position
 * counts once all pushes up to it are acknowledged: another node that continues from it brings the others again. Owned by the
 * session's event loop.
 */
public final class AcknowledgedPositions {
    private final Map<String, String> acknowledged = new HashMap<>();
    /** An answer can show a message that is newer than its cursor; then the cursor does not say that the client has it. */
    private final DeliveredVersions states = new DeliveredVersions();

    private final Deque<Step> steps = new ArrayDeque<>(0);
    private boolean changed;

    public AcknowledgedPositions(Map<String, String> positions) {
        acknowledged.putAll(positions);
    }

    /**
     * Counts when the push, and all before it, are acknowledged.
     *
     * @param threadId whose position it is
     * @param cursor null if the thread has ended for the user
     * @param pushed the event that the push carries; null for a position
     */
    private record Step(
            long pushId,
            String threadId,
            @Nullable String cursor,
            @Nullable ChatEvent pushed) {}

    /** An event has become a push. */
    public void push(ChatEvent event, long pushId) {
        if (event.messageState().isPresent()) {
            steps.addLast(new Step(pushId, event.threadId(), null, event));
        }
    }

    /**
     * The session has reached a position.
     *
     * @param cursor null if the thread has ended for the user
     * @param lastPushId the newest push of the session
     * @param oldestPushId the oldest push that is not acknowledged; above the last one if there is none
     */
    public void reach(String threadId, @Nullable String cursor, long lastPushId, long oldestPushId) {
        Step newest = steps.peekLast();
        if (newest != null
                && newest.pushed() == null
                && newest.pushId() == lastPushId
                && newest.threadId().equals(threadId)) {
            steps.removeLast();
        }
        steps.addLast(new Step(lastPushId, threadId, cursor, null));
        acknowledge(oldestPushId);
    }

    /** All pushes before this one are acknowledged. */
    public void acknowledge(long oldestPushId) {
        for (Step step = steps.peekFirst(); step != null && step.pushId() < oldestPushId; step = steps.peekFirst()) {
            steps.removeFirst();
            if (step.pushed() != null) {
                states.add(step.pushed());
                changed = true;
            } else if (step.cursor() == null) {
                changed |= acknowledged.remove(step.threadId()) != null;
            } else {
                changed |= !step.cursor().equals(acknowledged.put(step.threadId(), step.cursor()));
            }
        }
    }

    /** A state that the client has acknowledged on another node. */
    public void addState(DeliveredVersions.State state) {
        states.add(state);
    }

    /** The cursors by thread. */
    public Map<String, String> all() {
        return acknowledged;
    }

    /** The acknowledged message states of at least this version. */
    public List<DeliveredVersions.State> statesSince(long version) {
        return states.since(version);
    }

    /** Whether anything has changed since the last call. */
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }
}
