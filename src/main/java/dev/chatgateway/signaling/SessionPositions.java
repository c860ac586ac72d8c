package dev.chatgateway.signaling;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.signaling.handover.SavedSession;
import dev.chatgateway.signaling.handover.SessionKey;
import dev.chatgateway.signaling.wire.AcknowledgedPositions;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster keeps of one session, and when it is saved: within seconds after a change, and now and then so that it is
 * not forgotten. Does nothing on a single node. Owned by the session's event loop.
 */
final class SessionPositions {
    /** So long a session that moves waits for the acknowledgements of what was just written. */
    static final long SETTLE_MS = 500;

    /** The directory forgets positions that are not saved again. */
    private static final long RENEW_MS = 600_000;
    /** A message is behind the position of its thread after the thread's next poll. */
    private static final long STATES_MS = 60_000;

    private final SignalingNode node;
    private final SessionKey key;
    private final long floor;
    private final AcknowledgedPositions acknowledged;
    private final boolean shared;
    private boolean listed;
    /** Whether all threads of the session's beginning have a position. */
    private boolean complete;

    private boolean saving;
    private long savedMs;

    SessionPositions(SignalingNode node, SessionKey key, SavedSession saved) {
        this.node = node;
        this.key = key;
        floor = saved.floor();
        listed = saved.listed();
        complete = saved.listed();
        acknowledged = new AcknowledgedPositions(saved.positions());
        saved.states().forEach(acknowledged::addState);
        shared = node.directory().shared();
    }

    /** When the session began: events after it must reach the client; epoch milliseconds by the service's clock. */
    long floor() {
        return floor;
    }

    /** Whether the user's threads were listed: a thread that is not known now came later. */
    boolean listed() {
        return listed;
    }

    void markListed() {
        listed = true;
    }

    Map<String, String> all() {
        return acknowledged.all();
    }

    /** The session has reached a position; a null cursor says that the thread has ended for the user. */
    void reach(String threadId, @Nullable String cursor, long newestPush, long oldestPush) {
        if (shared) {
            acknowledged.reach(threadId, cursor, newestPush, oldestPush);
        }
    }

    /** An event has become a push. */
    void push(ChatEvent event, long pushId) {
        if (shared) {
            acknowledged.push(event, pushId);
        }
    }

    /** All pushes before this one are acknowledged. */
    void acknowledge(long oldestPush) {
        if (shared) {
            acknowledged.acknowledge(oldestPush);
        }
    }

    /** What another node needs to continue with these threads. */
    SavedSession saved(Set<String> threadIds, String leftPollingId) {
        complete |= listed && all().keySet().containsAll(threadIds);
        long from = node.serviceMs().getAsLong() - STATES_MS;
        return new SavedSession(floor, complete, all(), acknowledged.statesSince(from), leftPollingId);
    }

    /** Whether it is time to save. */
    boolean due(long nowMs) {
        return shared && !saving && (savedMs == 0 || nowMs - savedMs >= renewMs() || acknowledged.takeChanged());
    }

    private long renewMs() {
        return Math.min(RENEW_MS, node.live().config().signaling().detachedSeconds() * 500L);
    }

    /** Saves; false if another node holds the session by now. */
    Future<Boolean> save(Set<String> threadIds, String leftPollingId) {
        saving = true;
        savedMs = node.clock().millis();
        return node.directory()
                .save(key, saved(threadIds, leftPollingId))
                .onFailure(failure -> savedMs = 0)
                .onComplete(done -> saving = false);
    }

    boolean saving() {
        return saving;
    }

    /** The session has ended for good. */
    void forget() {
        node.directory().remove(key);
    }
}
