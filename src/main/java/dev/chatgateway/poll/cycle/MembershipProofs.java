package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.access.ProofAge;
import dev.chatgateway.poll.access.RefusedUsers;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.source.RecentRefusals;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proves that users are participants: those who want to subscribe, and those whom the service has turned away. A proof is
 * a list of participants that names the user, read with the user's own token, or such a list younger than 30 s. A
 * subscriber that gets here was a participant a moment ago ({@code MembershipChecks}), but may have been removed since.
 */
final class MembershipProofs {
    private static final int CALLS_PER_ROUND = 4;

    private final ThreadState state;
    private final PollContext env;
    private final TokenRotation turns;
    private final List<Notice> notices = new ArrayList<>();
    private int calls;
    private final Set<String> absent = new HashSet<>();

    /** @param turns the subscribers' tokens, for calls that any participant may make */
    MembershipProofs(ThreadState state, PollContext env, TokenRotation turns) {
        this.state = state;
        this.env = env;
        this.turns = turns;
    }

    /** What became of users under suspicion. */
    List<Notice> notices() {
        return notices;
    }

    /** Whether a member was told twice that the thread does not exist. */
    boolean threadGone() {
        return !absent.isEmpty();
    }

    /** Others were served in this round: the thread is there, but not for those who were told that it does not exist. */
    void threadIsThere() {
        absent.forEach(this::end);
        absent.clear();
    }

    private void end(String userId) {
        state.refusedUsers.cleared(userId);
        state.subscribers.removeUsers(Set.of(userId));
        boolean member = state.roster.member(userId).isPresent();
        notices.add(new Notice.Ended(Set.of(userId), member ? EndReason.REFUSED : EndReason.REMOVED));
    }

    /**
     * Proves those who wait by one list of participants that a subscriber's token reads, if there is no fresh one: the
     * newcomers' own tokens, slow or throttled, hold up nobody. Whom the service has turned away needs a proof of his own.
     * Never fails.
     */
    Future<Void> join(List<PendingSubscription> pending) {
        List<PendingSubscription> newcomers = pending.stream()
                .filter(p ->
                        !p.settled() && !state.subscribers.paused(p.watcher().userId()))
                .filter(p -> !known(p) && !justRefused(p))
                .toList();
        if (newcomers.isEmpty()) {
            return Future.succeededFuture();
        }
        return turns.call(
                        MetadataPoll.MEMBERS, w -> env.source().participants(w.token(), state.threadId, Priority.POKE))
                .map(answer -> {
                    answer.ifPresent(a -> joined(newcomers, a));
                    return (Void) null;
                })
                // Then they are asked about one by one, after the reading.
                .otherwiseEmpty();
    }

    private void joined(List<PendingSubscription> newcomers, TokenRotation.Answer<Roster> answer) {
        String askedBy = answer.by().userId();
        if (answer.value().member(askedBy).isEmpty()) {
            turns.refused(askedBy, PollFailures.stranger().status());
            return;
        }
        state.updateRoster(answer.value());
        state.rosterDueAt = MetadataPoll.nextRoster(env);
        newcomers.forEach(newcomer -> {
            if (state.roster.member(newcomer.watcher().userId()).isPresent()) {
                accept(newcomer);
            } else {
                refuse(newcomer, PollFailures.stranger());
            }
        });
    }

    /**
     * Settles as many of those who wait as the round allows, each with the user's own token. Never fails.
     *
     * @param priority HISTORY waits for the rate window
     */
    Future<Void> settle(List<PendingSubscription> pending, Priority priority) {
        Optional<PendingSubscription> next = pending.stream()
                .filter(p -> !p.settled())
                .filter(p -> !known(p) && !justRefused(p))
                .findFirst();
        if (next.isEmpty() || calls == CALLS_PER_ROUND) {
            return Future.succeededFuture();
        }
        calls++;
        PendingSubscription watch = next.get();
        long begun = env.scheduler().now();
        return env.source()
                .participants(watch.watcher().token(), state.threadId, priority)
                .transform(result -> {
                    if (result.succeeded()
                            && named(result.result(), watch.watcher().userId(), begun)) {
                        accept(watch);
                        return settle(pending, priority);
                    }
                    ChatServiceException why =
                            result.failed() ? PollFailures.of(result.cause()) : PollFailures.stranger();
                    if (why.retryable()) {
                        watch.hindered(why);
                        return settle(pending.stream().filter(p -> p != watch).toList(), priority);
                    }
                    refuse(watch, why);
                    return settle(pending, priority);
                });
    }

    /** The second proof of users whose token was refused, or who were removed and yet are listed. Never fails. */
    Future<Void> suspects() {
        List<Verdict> verdicts = new ArrayList<>();
        Future<Void> all = Future.succeededFuture();
        for (String userId : state.refusedUsers.due(env.scheduler().now())) {
            Optional<PollSubscriber> watcher = state.subscribers.ofUser(userId);
            if (watcher.isEmpty()) {
                state.refusedUsers.cleared(userId);
                state.subscribers.resume(userId);
            } else if (calls < CALLS_PER_ROUND) {
                calls++;
                all = all.compose(v -> prove(watcher.get())).map(verdict -> {
                    verdicts.add(verdict);
                    return null;
                });
            }
        }
        // Judged together: only then does it show whether one user is refused, or everybody.
        return all.onSuccess(v -> verdicts.forEach(this::decide));
    }

    private record Verdict(String userId, @Nullable ChatServiceException refusal) {}

    private Future<Verdict> prove(PollSubscriber watcher) {
        String userId = watcher.userId();
        long begun = env.scheduler().now();
        return env.source()
                .participants(watcher.token(), state.threadId, Priority.POLL)
                .transform(result -> {
                    if (result.succeeded() && named(result.result(), userId, begun)) {
                        return Future.succeededFuture(new Verdict(userId, null));
                    }
                    ChatServiceException why =
                            result.failed() ? PollFailures.of(result.cause()) : PollFailures.stranger();
                    if (PollFailures.refusesUser(why)) {
                        env.breaker().refused(userId, env.scheduler().now());
                    }
                    return Future.succeededFuture(new Verdict(userId, why));
                });
    }

    private void decide(Verdict verdict) {
        long now = env.scheduler().now();
        String userId = verdict.userId;
        ChatServiceException refusal = verdict.refusal;
        if (refusal == null) {
            state.refusedUsers.cleared(userId);
            state.subscribers.resume(userId);
            notices.add(new Notice.Resumed(Set.of(userId)));
        } else if (refusal.retryable() || env.breaker().open(now)) {
            state.refusedUsers.postpone(userId, now + RefusalBreaker.AGAIN_MS);
        } else if (refusal.status() == RefusedUsers.NOT_FOUND) {
            absent.add(userId);
        } else {
            end(userId);
        }
    }

    /** A roster read a moment ago proves everybody whom it names. */
    private boolean known(PendingSubscription watch) {
        boolean fresh = env.scheduler().now() - state.roster.readAt().toEpochMilli() < ProofAge.FRESH_MS;
        if (!fresh || state.roster.member(watch.watcher().userId()).isEmpty()) {
            return false;
        }
        accept(watch);
        return true;
    }

    /** Another subscriber of the user was refused a moment ago. */
    private boolean justRefused(PendingSubscription watch) {
        Optional<ChatServiceException> why = env.refusals()
                .of(watch.watcher().userId(), state.threadId, env.scheduler().now());
        why.ifPresent(watch.promise()::tryFail);
        return why.isPresent();
    }

    private boolean named(Roster roster, String userId, long begun) {
        if (roster.member(userId).isEmpty()) {
            return false;
        }
        state.updateRoster(roster);
        state.rosterDueAt = MetadataPoll.nextRoster(env);
        env.breaker().served(begun);
        return true;
    }

    private void refuse(PendingSubscription watch, ChatServiceException why) {
        if (RecentRefusals.refusesParticipant(why)) {
            env.refused(watch.watcher().userId(), state.threadId, why);
        }
        watch.promise().tryFail(why);
    }

    private void accept(PendingSubscription watch) {
        if (watch.settled()) {
            // Given up while its call was under way: nobody would ever take the watcher out again.
            return;
        }
        watch.prove();
        if (state.subscribers.paused(watch.watcher().userId())) {
            notices.add(new Notice.Resumed(Set.of(watch.watcher().userId())));
        }
        state.refusedUsers.cleared(watch.watcher().userId());
        state.subscribers.add(watch.watcher());
    }
}
