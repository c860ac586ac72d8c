package dev.chatgateway.poll;

import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.IngestFeed;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.tracing.CallerContext;
import dev.chatgateway.tracing.TraceParent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Brings calls of any context to the poller's, and the results back. */
final class PollerFeed implements ThreadFeed, InboxFeed, IngestFeed, NodeState.Threads {
    private final AtomicReference<@Nullable Target> target = new AtomicReference<>();

    private record Target(Vertx vertx, Context context, ThreadRegistry feed) {}

    /** From now on calls run on that context; null feed: the poller has stopped. */
    void open(Vertx vertx, Context context, ThreadRegistry feed) {
        target.set(new Target(vertx, context, feed));
    }

    void close() {
        target.set(null);
    }

    @Override
    public Future<Watched> watch(Watch watch) {
        return call(feed -> feed.watch(watch));
    }

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
        return call(feed -> feed.sees(threadId, subscriberId, messageId, version));
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {
        run(feed -> feed.unwatch(threadId, subscriberId));
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        run(feed -> feed.replaceToken(subscriberId, token));
    }

    @Override
    public void poke(Poke poke) {
        Poke caused = poke.causedBy(TraceParent.current());
        run(feed -> feed.poke(caused));
    }

    @Override
    public void pushed(Poke poke) {
        run(feed -> feed.pushed(poke));
    }

    @Override
    public void typingPushed(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        run(feed -> feed.typingPushed(threadId, senderId, senderDisplayName, receivedOn));
    }

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        run(feed -> feed.typing(threadId, senderId, senderDisplayName, receivedOn));
    }

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        run(feed -> feed.typingThrottled(threadId, senderId, senderDisplayName, receivedOn));
    }

    @Override
    public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        return call(feed -> feed.watchInbox(subscriberId, token));
    }

    @Override
    public void unwatchInbox(String subscriberId) {
        run(feed -> feed.unwatchInbox(subscriberId));
    }

    @Override
    public Future<Integer> ingest(List<Ingested> messages) {
        return call(feed -> feed.ingest(messages));
    }

    @Override
    public Future<NodeState.Page<NodeState.ThreadEntry>> threads(String after, int limit) {
        return call(feed -> feed.threads(after, limit));
    }

    private void run(Consumer<ThreadRegistry> call) {
        Target to = target.get();
        if (to != null) {
            to.context.runOnContext(v -> call.accept(to.feed));
        }
    }

    private <T> Future<T> call(Function<ThreadRegistry, Future<T>> call) {
        Target to = target.get();
        if (to == null) {
            return Future.failedFuture(PollFailures.stopped());
        }
        Promise<T> promise = Promise.promise();
        to.context.runOnContext(v -> call.apply(to.feed).onComplete(promise));
        return CallerContext.of(to.vertx).complete(promise.future());
    }
}
