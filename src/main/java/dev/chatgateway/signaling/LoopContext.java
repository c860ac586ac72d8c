package dev.chatgateway.signaling;

import dev.chatgateway.signaling.wire.PushBodies;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** What the sessions and links of one event loop share. Owned by the loop. */
final class LoopContext {
    private final SignalingNode node;
    private final Vertx vertx;
    private final Context context;
    private final HubAdapter hub;
    private final InboxWatcher inboxWatcher;
    private final PushBodies bodies = new PushBodies();

    LoopContext(SignalingNode node, Vertx vertx, Context context, HubAdapter hub) {
        this.node = node;
        this.vertx = vertx;
        this.context = context;
        this.hub = hub;
        inboxWatcher = new InboxWatcher(vertx);
    }

    SignalingNode node() {
        return node;
    }

    Vertx vertx() {
        return vertx;
    }

    HubAdapter hub() {
        return hub;
    }

    InboxWatcher inboxWatcher() {
        return inboxWatcher;
    }

    PushBodies bodies() {
        return bodies;
    }

    long nowMs() {
        return node.clock().millis();
    }

    /**
     * Runs a task on this loop: at once if the caller runs on it already, else in order with the caller's other tasks.
     *
     * @param from the loop that the caller runs on; null: this one
     */
    void run(@Nullable LoopContext from, Runnable task) {
        if (from == null || from == this) {
            task.run();
        } else {
            later(task);
        }
    }

    /** Runs a task in a later turn of this loop. Any thread. */
    void later(Runnable task) {
        context.runOnContext(turn -> task.run());
    }

    /** Runs a task on this loop after some time; the result cancels it. */
    long after(long delayMs, Runnable task) {
        // A timer belongs to the context that it is made on.
        return vertx.setTimer(Math.max(1, delayMs), fired -> task.run());
    }
}
