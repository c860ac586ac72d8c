package dev.chatgateway.poll;

import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;

/**
 * Whether one subscriber is shown a message, by its own listing: asked only for messages within the second of a
 * whole-second {@code shareHistoryTime}.
 */
final class OwnView {
    private final String subscriberId;
    private final long messageId;
    private final Promise<Boolean> promise = Promise.promise();

    OwnView(String subscriberId, long messageId) {
        this.subscriberId = subscriberId;
        this.messageId = messageId;
    }

    Promise<Boolean> promise() {
        return promise;
    }

    /** Asks; false: not listed yet, but so young that the listing may be behind. Never fails. */
    Future<Boolean> ask(ThreadState state, PollEnvironment env) {
        Optional<Watcher> watcher = state.watchers.find(subscriberId);
        if (watcher.isEmpty()) {
            promise.tryComplete(false);
            return Future.succeededFuture(true);
        }
        MessageLister lister =
                new MessageLister(env.source(), state.threadId, env.config().pages());
        // No state of the message has a lower version than its id, and none that is known a lower one than that.
        long version = Math.max(messageId, state.window.versionOf(messageId));
        MessageLister.Reach reach = MessageLister.Reach.to(version - 1, MessageLister.LARGEST_PAGE);
        return lister.list(watcher.get().token(), reach, Priority.HISTORY).transform(result -> {
            if (result.failed() || !result.result().met()) {
                promise.tryFail(result.failed() ? result.cause() : Failures.late());
                return Future.succeededFuture(true);
            }
            boolean seen = result.result().messages().stream().anyMatch(m -> m.arrivedAt() == messageId);
            boolean young = env.ticker().now() - messageId < env.config().overlapMs();
            if (seen || !young) {
                promise.tryComplete(seen);
            }
            return Future.succeededFuture(seen || !young);
        });
    }
}
