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
 * Proves during one poll that users are participants: users of pending subscriptions, and subscribers whose membership
 * is in doubt. A proof is a list of participants that names the user and was read with the user's own token or less
 * than {@link ProofAge#FRESH_MS} ago. {@code MembershipChecks} has checked the users of pending subscriptions before,
 * but they may have been removed since. Used on the poller's context.
 */
final class MembershipProofs {
    /** Calls with users' own tokens in one poll; the other users wait for the next one. */
    private static final int MAX_CALLS = 4;

    private final ThreadState state;
    private final PollContext context;
    private final TokenRotation rotation;
    private final List<Notice> notices = new ArrayList<>();
    /** Subscribers for whom the service reported twice that the thread does not exist. */
    private final Set<String> notFoundTwice = new HashSet<>();

    private int calls;

    MembershipProofs(ThreadState state, PollContext context, TokenRotation rotation) {
        this.state = state;
        this.context = context;
        this.rotation = rotation;
    }

    /** Notices about users whose membership was in doubt. */
    List<Notice> notices() {
        return notices;
    }

    /** Whether the service reported to a subscriber twice that the thread does not exist. */
    boolean threadNotFound() {
        return !notFoundTwice.isEmpty();
    }

    /** The thread was listed with another token: users for whom it does not exist have lost access. */
    void threadExists() {
        notFoundTwice.forEach(this::endSubscriptions);
        notFoundTwice.clear();
    }

    private void endSubscriptions(String userId) {
        state.refusedUsers.clear(userId);
        state.subscribers.removeUsers(Set.of(userId));
        boolean member = state.roster.member(userId).isPresent();
        notices.add(new Notice.Ended(Set.of(userId), member ? EndReason.REFUSED : EndReason.REMOVED));
    }

    /**
     * Decides all pending subscriptions with one list of participants, read with a subscriber's token, if the known
     * list is not fresh. The pending users' own tokens, which may be slow or throttled, are not used. A paused user
     * needs a proof with its own token. Never fails: if the call fails, {@link #proveEach} decides later.
     */
    Future<Void> proveTogether(List<PendingSubscription> pending) {
        List<PendingSubscription> undecided = pending.stream()
                .filter(p -> !p.decided()
                        && !state.subscribers.isPaused(p.subscriber().userId()))
                .filter(p -> !acceptIfRosterNames(p) && !failIfRefusedBefore(p))
                .toList();
        if (undecided.isEmpty()) {
            return Future.succeededFuture();
        }
        return rotation.call(MetadataPoll.ANY_MEMBER, s -> context.source()
                        .participants(s.token(), state.threadId, Priority.POKE))
                .map(response -> {
                    response.ifPresent(r -> decideTogether(undecided, r));
                    return (Void) null;
                })
                .otherwiseEmpty();
    }

    private void decideTogether(List<PendingSubscription> undecided, TokenRotation.Response<Roster> response) {
        String reader = response.subscriber().userId();
        if (response.value().member(reader).isEmpty()) {
            rotation.recordRefusal(reader, PollFailures.nonMember().status());
            return;
        }
        applyRoster(response.value());
        undecided.forEach(p -> {
            if (state.roster.member(p.subscriber().userId()).isPresent()) {
                accept(p);
            } else {
                refuse(p, PollFailures.nonMember());
            }
        });
    }

    /**
     * Decides pending subscriptions one by one, each with the user's own token, up to the limit of calls. Never fails.
     *
     * @param priority a call at HISTORY priority waits for the rate window
     */
    Future<Void> proveEach(List<PendingSubscription> pending, Priority priority) {
        Optional<PendingSubscription> next = pending.stream()
                .filter(p -> !p.decided())
                .filter(p -> !acceptIfRosterNames(p) && !failIfRefusedBefore(p))
                .findFirst();
        if (next.isEmpty() || calls == MAX_CALLS) {
            return Future.succeededFuture();
        }
        calls++;
        PendingSubscription subscription = next.get();
        return ownProof(subscription.subscriber(), priority).compose(proof -> {
            ChatServiceException failure = proof.failure;
            if (failure == null) {
                accept(subscription);
            } else if (failure.retryable()) {
                subscription.noteFailure(failure);
                return proveEach(pending.stream().filter(p -> p != subscription).toList(), priority);
            } else {
                refuse(subscription, failure);
            }
            return proveEach(pending, priority);
        });
    }

    /** Proves the due users whose membership is in doubt, up to the limit of calls. Never fails. */
    Future<Void> proveDoubtedUsers() {
        List<Proof> proofs = new ArrayList<>();
        Future<Void> all = Future.succeededFuture();
        for (String userId : state.refusedUsers.due(context.scheduler().now())) {
            Optional<PollSubscriber> subscriber = state.subscribers.ofUser(userId);
            if (subscriber.isEmpty()) {
                state.refusedUsers.clear(userId);
                state.subscribers.resume(userId);
            } else if (calls < MAX_CALLS) {
                calls++;
                all = all.compose(v -> ownProof(subscriber.get(), Priority.POLL))
                        .map(proof -> {
                            ChatServiceException failure = proof.failure;
                            if (failure != null && PollFailures.refusesUser(failure)) {
                                context.breaker()
                                        .recordRefusal(
                                                userId, context.scheduler().now());
                            }
                            proofs.add(proof);
                            return null;
                        });
            }
        }
        // The verdicts follow all proofs: only then does the breaker know whether the service refuses many users.
        return all.onSuccess(v -> proofs.forEach(this::decideDoubted));
    }

    /** The result of a proof with the user's own token; {@code failure} is null if the user is a participant. */
    private record Proof(String userId, @Nullable ChatServiceException failure) {}

    private Future<Proof> ownProof(PollSubscriber subscriber, Priority priority) {
        String userId = subscriber.userId();
        long startedAt = context.scheduler().now();
        return context.source()
                .participants(subscriber.token(), state.threadId, priority)
                .map(roster -> {
                    if (roster.member(userId).isEmpty()) {
                        return new Proof(userId, PollFailures.nonMember());
                    }
                    applyRoster(roster);
                    context.breaker().recordSuccess(startedAt);
                    return new Proof(userId, null);
                })
                .otherwise(failure -> new Proof(userId, PollFailures.of(failure)));
    }

    private void decideDoubted(Proof proof) {
        long now = context.scheduler().now();
        String userId = proof.userId;
        ChatServiceException failure = proof.failure;
        if (failure == null) {
            state.refusedUsers.clear(userId);
            state.subscribers.resume(userId);
            notices.add(new Notice.Resumed(Set.of(userId)));
        } else if (failure.retryable() || context.breaker().open(now)) {
            state.refusedUsers.schedule(userId, now + RefusalBreaker.RETRY_MS);
        } else if (failure.status() == RefusedUsers.NOT_FOUND) {
            notFoundTwice.add(userId);
        } else {
            endSubscriptions(userId);
        }
    }

    /** Accepts the subscription if a fresh list of participants names its user; returns whether it does. */
    private boolean acceptIfRosterNames(PendingSubscription subscription) {
        boolean fresh = context.scheduler().now() - state.roster.readAt().toEpochMilli() < ProofAge.FRESH_MS;
        if (!fresh || state.roster.member(subscription.subscriber().userId()).isEmpty()) {
            return false;
        }
        accept(subscription);
        return true;
    }

    /**
     * Fails the subscription if the service refused another one of the same user a moment ago; returns whether it did.
     */
    private boolean failIfRefusedBefore(PendingSubscription subscription) {
        Optional<ChatServiceException> refusal = context.refusals()
                .find(
                        subscription.subscriber().userId(),
                        state.threadId,
                        context.scheduler().now());
        refusal.ifPresent(subscription.promise()::tryFail);
        return refusal.isPresent();
    }

    private void applyRoster(Roster roster) {
        state.updateRoster(roster);
        state.rosterDueAt = MetadataPoll.nextRosterAt(context);
    }

    private void refuse(PendingSubscription subscription, ChatServiceException why) {
        if (RecentRefusals.refusesParticipant(why)) {
            context.refused(subscription.subscriber().userId(), state.threadId, why);
        }
        subscription.promise().tryFail(why);
    }

    private void accept(PendingSubscription subscription) {
        if (subscription.decided()) {
            // Abandoned during the call: nothing would ever remove its subscriber.
            return;
        }
        subscription.markProven();
        String userId = subscription.subscriber().userId();
        if (state.subscribers.isPaused(userId)) {
            notices.add(new Notice.Resumed(Set.of(userId)));
        }
        state.refusedUsers.clear(userId);
        state.subscribers.add(subscription.subscriber());
    }
}
