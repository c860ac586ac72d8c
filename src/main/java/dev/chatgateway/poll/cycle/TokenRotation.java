package dev.chatgateway.poll.cycle;

import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes a call with the token of one subscriber, and repeats it with another's if the service refuses the token (401,
 * 403 or 404). A user whose token is refused is paused until a membership proof. Used on the poller's context.
 */
final class TokenRotation {
    private static final int MAX_ATTEMPTS = 3;
    /**
     * After this many 404 responses to different users no further token is tried: the thread is taken to be deleted.
     */
    private static final int MAX_NOT_FOUND = 2;

    private final ThreadState state;
    private final PollContext context;
    private final Set<String> newlyPaused = new LinkedHashSet<>();

    TokenRotation(ThreadState state, PollContext context) {
        this.state = state;
        this.context = context;
    }

    /** The response to a call that was made with that subscriber's token. */
    record Response<T>(PollSubscriber subscriber, T value) {}

    /** Users who were paused during this poll. */
    Set<String> newlyPaused() {
        return newlyPaused;
    }

    /**
     * Makes a call with the token of any subscriber.
     *
     * @param visibleFrom a token whose user sees messages from then on is preferred, epoch milliseconds
     * @return empty if there is no usable token. Fails with the failure of the call; with a refusal of the token only
     *     if every token that was tried was refused
     */
    <T> Future<Optional<Response<T>>> call(long visibleFrom, Function<PollSubscriber, Future<T>> call) {
        return call(visibleFrom, s -> true, call);
    }

    /** Makes a call with the token of a subscriber that meets the condition. */
    <T> Future<Optional<Response<T>>> call(
            long visibleFrom, Predicate<PollSubscriber> condition, Function<PollSubscriber, Future<T>> call) {
        Set<String> tried = new HashSet<>();
        return attempt(visibleFrom, condition.and(s -> !tried.contains(s.userId())), call, tried, null);
    }

    /** Records that the service refused a user's token, and pauses the user. */
    void recordRefusal(String userId, int status) {
        long now = context.scheduler().now();
        context.breaker().recordRefusal(userId, now);
        state.refusedUsers.recordRefusal(userId, status, now);
        pause(userId);
    }

    /** Stops the use of the user's tokens and the delivery to the user until a membership proof. */
    void pause(String userId) {
        if (state.subscribers.pause(userId)) {
            newlyPaused.add(userId);
        }
    }

    private <T> Future<Optional<Response<T>>> attempt(
            long visibleFrom,
            Predicate<PollSubscriber> condition,
            Function<PollSubscriber, Future<T>> call,
            Set<String> tried,
            @Nullable Throwable lastRefusal) {
        boolean giveUp = tried.size() == MAX_ATTEMPTS || state.refusedUsers.notFoundCount() >= MAX_NOT_FOUND;
        Optional<PollSubscriber> next = giveUp
                ? Optional.empty()
                : state.subscribers.next(
                        state.roster, visibleFrom, context.scheduler().now(), condition);
        if (next.isEmpty()) {
            return lastRefusal == null ? Future.succeededFuture(Optional.empty()) : Future.failedFuture(lastRefusal);
        }
        PollSubscriber subscriber = next.get();
        long startedAt = context.scheduler().now();
        return call.apply(subscriber)
                .map(value -> {
                    state.refusedUsers.threadExists();
                    context.breaker().recordSuccess(startedAt);
                    return Optional.of(new Response<>(subscriber, value));
                })
                .recover(failure -> {
                    if (!PollFailures.refusesUser(failure)) {
                        return Future.failedFuture(failure);
                    }
                    tried.add(subscriber.userId());
                    recordRefusal(subscriber.userId(), PollFailures.of(failure).status());
                    return attempt(visibleFrom, condition, call, tried, failure);
                });
    }
}
