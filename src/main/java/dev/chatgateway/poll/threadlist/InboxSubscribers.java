package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The connections of one user that watch its inbox, and those of them that wait for a first reading. */
final class InboxSubscribers {
    private final PollContext env;
    private final Map<String, UserToken> tokens = new LinkedHashMap<>();
    private final Map<String, Promise<InboxState>> waiting = new LinkedHashMap<>();

    InboxSubscribers(PollContext env) {
        this.env = env;
    }

    /** Adds a connection; the answer is the state given, or comes with the next reading, or fails in time. */
    Future<InboxState> add(String subscriberId, UserToken token, Optional<InboxState> present) {
        abandon(subscriberId);
        tokens.put(subscriberId, token);
        if (present.isPresent()) {
            return Future.succeededFuture(present.get());
        }
        Promise<InboxState> promise = Promise.promise();
        waiting.put(subscriberId, promise);
        Scheduler.Timer limit =
                env.scheduler().schedule(PendingSubscription.LIMIT_MS, () -> promise.tryFail(PollFailures.late()));
        return promise.future().onComplete(done -> {
            limit.cancel();
            waiting.remove(subscriberId, promise);
        });
    }

    void remove(String subscriberId) {
        abandon(subscriberId);
        tokens.remove(subscriberId);
    }

    private void abandon(String subscriberId) {
        Promise<InboxState> before = waiting.remove(subscriberId);
        if (before != null) {
            before.tryFail(PollFailures.abandoned());
        }
    }

    void replaceToken(String subscriberId, UserToken token) {
        tokens.computeIfPresent(subscriberId, (id, old) -> token);
    }

    boolean anybody() {
        return !tokens.isEmpty();
    }

    boolean anybodyWaits() {
        return !waiting.isEmpty();
    }

    Stream<UserToken> tokens() {
        return tokens.values().stream();
    }

    /** A reading has succeeded. */
    void answer(Supplier<InboxState> state) {
        if (!waiting.isEmpty()) {
            InboxState now = state.get();
            List.copyOf(waiting.values()).forEach(p -> p.tryComplete(now));
        }
    }

    /** A reading has failed: who is refused is told so, others wait on within their time. */
    void hindered(ChatServiceException why) {
        if (!why.retryable()) {
            failAll(why);
        }
    }

    void failAll(ChatServiceException why) {
        List.copyOf(waiting.values()).forEach(p -> p.tryFail(why));
    }
}
