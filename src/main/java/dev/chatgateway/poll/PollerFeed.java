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

/** Runs calls of any context on the poller's context, and completes their results on the caller's. */
final class PollerFeed implements ThreadFeed, InboxFeed, IngestFeed, NodeState.Threads {
    private final AtomicReference<@Nullable Target> target = new AtomicReference<>();

    private record Target(Vertx vertx, Context context, ThreadRegistry registry) {}

    /** From now on calls run on that context. Before, and after {@link #close}, they fail or do nothing. */
    void open(Vertx vertx, Context context, ThreadRegistry registry) {
        target.set(new Target(vertx, context, registry));
    }

    void close() {
        target.set(null);
    }

    @Override
    public Future<Watched> watch(Watch watch) {
        return call(registry -> registry.watch(watch));
    }

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
        return call(registry -> registry.sees(threadId, subscriberId, messageId, version));
    }

    @Override
    public Future<Listed> listed(String threadId, String userId) {
        return call(registry -> registry.listed(threadId, userId));
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {
        run(registry -> registry.unwatch(threadId, subscriberId));
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        run(registry -> registry.replaceToken(subscriberId, token));
    }

    @Override
    public void poke(Poke poke) {
        Poke caused = poke.causedBy(TraceParent.current());
        run(registry -> registry.poke(caused));
    }

    @Override
    public void pushed(Poke poke) {
        run(registry -> registry.pushed(poke));
    }

    @Override
    public void typingPushed(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        run(registry -> registry.typingPushed(threadId, senderId, senderDisplayName, receivedOn));
    }

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        run(registry -> registry.typing(threadId, senderId, senderDisplayName, receivedOn));
    }

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        run(registry -> registry.typingThrottled(threadId, senderId, senderDisplayName, receivedOn));
    }

    @Override
    public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        return call(registry -> registry.watchInbox(subscriberId, token));
    }

    @Override
    public void unwatchInbox(String subscriberId) {
        run(registry -> registry.unwatchInbox(subscriberId));
    }

    @Override
    public Future<Integer> ingest(List<Ingested> messages) {
        return call(registry -> registry.ingest(messages));
    }

    @Override
    public Future<NodeState.Page<NodeState.ThreadEntry>> threads(String after, int limit) {
        return call(registry -> registry.threads(after, limit));
    }

    private void run(Consumer<ThreadRegistry> call) {
        Target to = target.get();
        if (to != null) {
            to.context.runOnContext(v -> call.accept(to.registry));
        }
    }

    private <T> Future<T> call(Function<ThreadRegistry, Future<T>> call) {
        Target to = target.get();
        if (to == null) {
            return Future.failedFuture(PollFailures.stopped());
        }
        Promise<T> promise = Promise.promise();
        to.context.runOnContext(v -> call.apply(to.registry).onComplete(promise));
        return CallerContext.of(to.vertx).complete(promise.future());
    }
}
