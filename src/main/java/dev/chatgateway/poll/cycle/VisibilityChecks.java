package dev.chatgateway.poll.cycle;

import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.source.MessageLister;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks whether subscribers of a thread see a state of a message, by a listing with each one's own token. Only messages
 * within the second of a whole-second {@code shareHistoryTime} need it. Bounded. Lives on the poller's context.
 */
public final class VisibilityChecks {
    private static final int MOST = 256;
    private static final int PER_POLL = 4;

    private final PollContext context;
    private final List<Check> pending = new ArrayList<>(0);

    public VisibilityChecks(PollContext context) {
        this.context = context;
    }

    private record Check(String subscriberId, long messageId, long version, Promise<Boolean> promise) {}

    /** Completes after one of the next polls. */
    public Future<Boolean> add(String subscriberId, long messageId, long version) {
        if (pending.size() >= MOST) {
            context.metrics().limitHit("watch.views");
            return Future.failedFuture(PollFailures.tooManyPending());
        }
        Check check = new Check(subscriberId, messageId, version, Promise.promise());
        pending.add(check);
        return check.promise.future();
    }

    public boolean isEmpty() {
        return pending.isEmpty();
    }

    /** Makes some of the checks, one after the other. Never fails. */
    Future<Void> run(ThreadState state) {
        Future<Void> all = Future.succeededFuture();
        for (Check check : List.copyOf(pending.subList(0, Math.min(PER_POLL, pending.size())))) {
            all = all.compose(v -> run(check, state)).map(done -> {
                if (done) {
                    pending.remove(check);
                }
                return null;
            });
        }
        return all;
    }

    /**
     * The service lists in falling order of version, so that the listing goes down to the version of the state: an old
     * message that was edited lately stands at the top, before messages with a higher id.
     *
     * @return false if the state was not listed, but is so young that the listing may be behind. Never fails
     */
    private Future<Boolean> run(Check check, ThreadState state) {
        Optional<PollSubscriber> subscriber = state.subscribers.find(check.subscriberId);
        if (subscriber.isEmpty()) {
            check.promise.tryComplete(false);
            return Future.succeededFuture(true);
        }
        MessageLister lister = new MessageLister(
                context.source(), state.threadId, context.config().pages());
        MessageLister.Range range = MessageLister.Range.downTo(check.version - 1, MessageLister.LARGEST_PAGE);
        return lister.list(subscriber.get().token(), range, Priority.HISTORY).transform(result -> {
            if (result.failed() || !result.result().complete()) {
                check.promise.tryFail(result.failed() ? result.cause() : PollFailures.timeout());
                return Future.succeededFuture(true);
            }
            boolean seen = result.result().messages().stream().anyMatch(m -> m.arrivedAt() == check.messageId);
            boolean young =
                    context.scheduler().now() - check.version < context.config().overlapMs();
            if (seen || !young) {
                check.promise.tryComplete(seen);
            }
            return Future.succeededFuture(seen || !young);
        });
    }

    public void failAll(ChatServiceException why) {
        pending.forEach(check -> check.promise.tryFail(why));
        pending.clear();
    }
}
