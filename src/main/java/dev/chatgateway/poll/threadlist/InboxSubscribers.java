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

/**
 * The connections that subscribe to one user's inbox, some of them pending until the thread list is polled. Used on the
 * poller's context.
 */
final class InboxSubscribers {
    private final PollContext context;
    private final Map<String, UserToken> tokens = new LinkedHashMap<>();
    private final Map<String, Promise<InboxState>> pending = new LinkedHashMap<>();

    InboxSubscribers(PollContext context) {
        this.context = context;
    }

    /**
     * Adds a connection, or replaces the one with its id.
     *
     * @param present the state of the inbox if it is current; empty to wait for the next poll of the list
     * @return fails if no poll succeeds within {@link PendingSubscription#MAX_WAIT_MS}
     */
    Future<InboxState> add(String subscriberId, UserToken token, Optional<InboxState> present) {
        failPending(subscriberId);
        tokens.put(subscriberId, token);
        if (present.isPresent()) {
            return Future.succeededFuture(present.get());
        }
        Promise<InboxState> promise = Promise.promise();
        pending.put(subscriberId, promise);
        Scheduler.Timer timeout = context.scheduler()
                .schedule(PendingSubscription.MAX_WAIT_MS, () -> promise.tryFail(PollFailures.timeout()));
        return promise.future().onComplete(done -> {
            timeout.cancel();
            pending.remove(subscriberId, promise);
        });
    }

    void remove(String subscriberId) {
        failPending(subscriberId);
        tokens.remove(subscriberId);
    }

    private void failPending(String subscriberId) {
        Promise<InboxState> promise = pending.remove(subscriberId);
        if (promise != null) {
            promise.tryFail(PollFailures.abandoned());
        }
    }

    void replaceToken(String subscriberId, UserToken token) {
        tokens.computeIfPresent(subscriberId, (id, old) -> token);
    }

    boolean isEmpty() {
        return tokens.isEmpty();
    }

    boolean hasPending() {
        return !pending.isEmpty();
    }

    Stream<UserToken> tokens() {
        return tokens.values().stream();
    }

    /** Completes all pending subscriptions; does not call the supplier if there are none. */
    void completePending(Supplier<InboxState> state) {
        if (!pending.isEmpty()) {
            InboxState present = state.get();
            List.copyOf(pending.values()).forEach(p -> p.tryComplete(present));
        }
    }

    void failPending(ChatServiceException why) {
        List.copyOf(pending.values()).forEach(p -> p.tryFail(why));
    }
}
