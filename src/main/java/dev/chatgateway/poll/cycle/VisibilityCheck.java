package dev.chatgateway.poll.cycle;

import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.source.MessageLister;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;

/**
 * Whether one subscriber is shown a state of a message, by its own listing: asked only for messages within the second of a
 * whole-second {@code shareHistoryTime}. The listing is in falling order of version, so it is read down to the state's
 * version: an old message that was edited lately stands at the top, far before messages with a higher id.
 */
final class VisibilityCheck {
    private final String subscriberId;
    private final long messageId;
    private final long version;
    private final Promise<Boolean> promise = Promise.promise();

    VisibilityCheck(String subscriberId, long messageId, long version) {
        this.subscriberId = subscriberId;
        this.messageId = messageId;
        this.version = version;
    }

    Promise<Boolean> promise() {
        return promise;
    }

    /** Asks; false: not listed yet, but so young that the listing may be behind. Never fails. */
    Future<Boolean> ask(ThreadState state, PollContext env) {
        Optional<PollSubscriber> watcher = state.watchers.find(subscriberId);
        if (watcher.isEmpty()) {
            promise.tryComplete(false);
            return Future.succeededFuture(true);
        }
        MessageLister lister =
                new MessageLister(env.source(), state.threadId, env.config().pages());
        MessageLister.Range range = MessageLister.Range.downTo(version - 1, MessageLister.LARGEST_PAGE);
        return lister.list(watcher.get().token(), range, Priority.HISTORY).transform(result -> {
            if (result.failed() || !result.result().complete()) {
                promise.tryFail(result.failed() ? result.cause() : PollFailures.timeout());
                return Future.succeededFuture(true);
            }
            boolean seen = result.result().messages().stream().anyMatch(m -> m.arrivedAt() == messageId);
            boolean young = env.ticker().now() - version < env.config().overlapMs();
            if (seen || !young) {
                promise.tryComplete(seen);
            }
            return Future.succeededFuture(seen || !young);
        });
    }
}
