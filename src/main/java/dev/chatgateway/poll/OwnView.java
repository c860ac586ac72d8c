package dev.chatgateway.poll;

import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether one subscriber is shown a message, by its own listing: asked only for messages within the second of a
 * whole-second {@code shareHistoryTime}.
 */
final class OwnView {
    private static final int PER_ROUND = 4;
    private static final int MOST = 256;

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

    /** Adds a question to those that wait, if there are not too many. */
    static Future<Boolean> add(List<OwnView> views, String subscriberId, String messageId, PollEnvironment env) {
        if (views.size() >= MOST) {
            env.metrics().limitHit("watch.views");
            return Future.failedFuture(Failures.crowded());
        }
        OwnView view = new OwnView(subscriberId, Long.parseLong(messageId));
        views.add(view);
        return view.promise.future();
    }

    /** Answers some of those who wait and takes them from the list. Never fails. */
    static Future<Void> answer(List<OwnView> views, ThreadState state, PollEnvironment env) {
        Future<Void> all = Future.succeededFuture();
        for (OwnView view : new ArrayList<>(views.subList(0, Math.min(PER_ROUND, views.size())))) {
            all = all.compose(v -> view.ask(state, env)).map(done -> {
                if (done) {
                    views.remove(view);
                }
                return null;
            });
        }
        return all;
    }

    /** False: not listed yet, but so young that the listing may be behind. */
    private Future<Boolean> ask(ThreadState state, PollEnvironment env) {
        Optional<Watcher> watcher = state.watchers.find(subscriberId);
        if (watcher.isEmpty()) {
            promise.tryComplete(false);
            return Future.succeededFuture(true);
        }
        TailReader reader =
                new TailReader(env.source(), state.threadId, env.config().pages());
        var reach = new TailReader.Reach(TailReader.LARGEST_PAGE, messageId, Integer.MAX_VALUE);
        return reader.read(watcher.get().token(), reach, Priority.HISTORY).transform(result -> {
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
