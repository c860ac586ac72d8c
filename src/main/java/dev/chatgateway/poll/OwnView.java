package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ThreadReader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether one subscriber is shown a state of a message, by its own listing: asked only for messages within the second of a
 * whole-second {@code shareHistoryTime}. The listing is in falling order of version, so it is read down to the state's
 * version: an old message that was edited lately stands at the top, far before messages with a higher id.
 */
final class OwnView {
    private final String subscriberId;
    private final long messageId;
    private final long version;
    private final Promise<Boolean> promise = Promise.promise();

    OwnView(String subscriberId, long messageId, long version) {
        this.subscriberId = subscriberId;
        this.messageId = messageId;
        this.version = version;
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
        Reading reading = new Reading(env, state.threadId, watcher.get().token());
        return listed(reading, null, 1).transform(result -> {
            if (result.failed()) {
                promise.tryFail(result.cause());
                return Future.succeededFuture(true);
            }
            boolean seen = result.result();
            boolean young = env.ticker().now() - version < env.config().overlapMs();
            if (seen || !young) {
                promise.tryComplete(seen);
            }
            return Future.succeededFuture(seen || !young);
        });
    }

    private record Reading(PollEnvironment env, String threadId, UserToken token) {}

    /** Fails as the listing does, and where the bound of pages ends before the version is met. */
    private Future<Boolean> listed(Reading reading, @Nullable String next, int pages) {
        return reading.env
                .source()
                .messages(reading.token, reading.threadId, ThreadReader.MAX_PAGE, next, Priority.HISTORY)
                .compose(page -> {
                    boolean passed = false;
                    for (ChatMessage message : page.messages()) {
                        if (message.arrivedAt() == messageId) {
                            return Future.succeededFuture(true);
                        }
                        passed |= message.version() < version;
                    }
                    if (passed || page.next() == null) {
                        return Future.succeededFuture(false);
                    }
                    return pages >= reading.env.config().pages()
                            ? Future.failedFuture(Failures.late())
                            : listed(reading, page.next(), pages + 1);
                });
    }
}
