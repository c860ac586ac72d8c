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
 * Makes a call with one subscriber's token, and with another's when the service turns the first away (401, 403, 404). A
 * user who was turned away is paused until a second proof.
 */
final class TokenRotation {
    private static final int TRIES = 3;
    /** A deleted thread refuses everybody: two witnesses are enough. */
    private static final int WITNESSES = 2;

    private final ThreadState state;
    private final PollContext env;
    private final Set<String> newlyPaused = new LinkedHashSet<>();

    TokenRotation(ThreadState state, PollContext env) {
        this.state = state;
        this.env = env;
    }

    /** The call was made with that subscriber's token. */
    record Answer<T>(PollSubscriber by, T value) {}

    /** Users paused in this round. */
    Set<String> newlyPaused() {
        return newlyPaused;
    }

    /**
     * @param bound what the token should see back to, epoch milliseconds
     * @return the answer; empty when there is no token to ask with. Fails as the source does, but with a refusal of the
     *     user only if all tries were refused
     */
    <T> Future<Optional<Answer<T>>> call(long bound, Function<PollSubscriber, Future<T>> call) {
        return call(bound, w -> true, call);
    }

    /** The same, with one of the subscribers that fit. */
    <T> Future<Optional<Answer<T>>> call(
            long bound, Predicate<PollSubscriber> fits, Function<PollSubscriber, Future<T>> call) {
        Set<String> tried = new HashSet<>();
        return attempt(bound, fits.and(w -> !tried.contains(w.userId())), call, tried, null);
    }

    /** The service turned a user away. */
    void refused(String userId, int status) {
        long now = env.scheduler().now();
        env.breaker().refused(userId, now);
        state.refusedUsers.refused(userId, status, now);
        pause(userId);
    }

    /** Holds a user's delivery back. */
    void pause(String userId) {
        if (state.subscribers.pause(userId)) {
            newlyPaused.add(userId);
        }
    }

    private <T> Future<Optional<Answer<T>>> attempt(
            long bound,
            Predicate<PollSubscriber> fits,
            Function<PollSubscriber, Future<T>> call,
            Set<String> tried,
            @Nullable Throwable last) {
        boolean enough = tried.size() == TRIES || state.refusedUsers.notFound() >= WITNESSES;
        Optional<PollSubscriber> next = enough
                ? Optional.empty()
                : state.subscribers.next(state.roster, bound, env.scheduler().now(), fits);
        if (next.isEmpty()) {
            return last == null ? Future.succeededFuture(Optional.empty()) : Future.failedFuture(last);
        }
        PollSubscriber watcher = next.get();
        long begun = env.scheduler().now();
        return call.apply(watcher)
                .map(value -> {
                    state.refusedUsers.served();
                    env.breaker().served(begun);
                    return Optional.of(new Answer<>(watcher, value));
                })
                .recover(failure -> {
                    if (!PollFailures.refusesUser(failure)) {
                        return Future.failedFuture(failure);
                    }
                    tried.add(watcher.userId());
                    refused(watcher.userId(), PollFailures.of(failure).status());
                    return attempt(bound, fits, call, tried, failure);
                });
    }
}
