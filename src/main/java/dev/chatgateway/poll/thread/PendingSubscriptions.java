package dev.chatgateway.poll.thread;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.PublishedStates;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.access.ProofAge;
import dev.chatgateway.poll.cycle.PollCycle;
import dev.chatgateway.poll.cycle.ResumeResolver;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ThreadListPollers;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Subscribers of a thread who wait for their membership proof and for a poll. Bounded in number and time. Poller's context. */
final class PendingSubscriptions {
    private static final int MOST = 10_000;

    private final ThreadState state;
    private final PollContext context;
    private final ThreadListPollers lists;
    private final List<PendingSubscription> pending = new ArrayList<>(0);
    private @Nullable ResumeResolver resumes;
    private long resumesRevision;
    private long resumesAt;

    PendingSubscriptions(ThreadState state, PollContext context, ThreadListPollers lists) {
        this.state = state;
        this.context = context;
        this.lists = lists;
    }

    /** Adds a subscriber. Its earlier pending subscription fails. */
    Future<Watched> add(Watch watch) {
        abandon(watch.subscriberId());
        if (pending.size() >= MOST) {
            context.metrics().limitHit("watch.waiting");
            return Future.failedFuture(PollFailures.tooManyPending());
        }
        PendingSubscription subscription =
                new PendingSubscription(watch, context.scheduler().now() + PendingSubscription.MAX_WAIT_MS);
        pending.add(subscription);
        return subscription.promise().future();
    }

    /**
     * Subscribes at once and without a call a user who resumes from a position that the ring can serve and whose
     * membership is proven. Changes after the present position reach the subscriber as updates.
     */
    Optional<Watched> completeAtOnce(Watch watch, Freshness freshness) {
        long now = context.scheduler().now();
        Position since = watch.since();
        ThreadProperties properties = state.properties;
        String userId = watch.token().userId();
        if (since == null
                || properties == null
                || !proven(userId, since, now)
                || !state.polled
                || !state.knows(watch.include(), !context.listOrder().doubted(state.threadId, now))
                || freshness.source() == Freshness.Source.DEGRADED) {
            return Optional.empty();
        }
        return resumes(now).catchUp(since, userId).map(catchUp -> {
            abandon(watch.subscriberId());
            state.subscribers.add(new PollSubscriber(watch));
            return watched(properties, freshness, catchUp);
        });
    }

    /**
     * Whether the user is a participant: a fresh roster names it. For a subscription that begins at a time the user's own
     * thread list can be the fresh proof, so that the subscriptions of a new session cost no call each. The service keeps
     * a thread in the list of a participant who was removed. Such a user gets nothing that is new: what is known of the
     * thread is from listings until which the roster named the user, with the history that the roster says, and the
     * next listing brings the removal before anything that happened after it.
     */
    private boolean proven(String userId, Position since, long now) {
        if (state.roster.member(userId).isEmpty() || state.subscribers.isPaused(userId)) {
            return false;
        }
        long rosterAgeMs = now - state.roster.readAt().toEpochMilli();
        return rosterAgeMs < ProofAge.FRESH_MS
                || (since.isStart()
                        && rosterAgeMs < ProofAge.LIFE_MS
                        && now - lists.listedAt(userId, state.threadId) < ProofAge.FRESH_MS
                        && context.refusals().find(userId, state.threadId, now).isEmpty());
    }

    /** When many clients resume at the same time the replays are shared while nothing is published. */
    private ResumeResolver resumes(long now) {
        ResumeResolver before = resumes;
        long revision = context.revisions().last();
        if (before == null || resumesRevision != revision || resumesAt != now) {
            before = new ResumeResolver(state, !context.listOrder().doubted(state.threadId, now), now);
            resumes = before;
            resumesRevision = revision;
            resumesAt = now;
        }
        return before;
    }

    void abandon(String subscriberId) {
        pending.removeIf(
                p -> p.subscriber().id().equals(subscriberId) && p.promise().tryFail(PollFailures.abandoned()));
    }

    /** Gives a subscriber, pending or not, a new token. True if a poll should follow, as the token may be usable now. */
    boolean replaceToken(String subscriberId, UserToken token) {
        long now = context.scheduler().now();
        boolean stuck = !pending.isEmpty() || !state.subscribers.hasUsableToken(now);
        pending.stream().filter(p -> p.subscriber().id().equals(subscriberId)).forEach(p -> p.subscriber()
                .replaceToken(token));
        state.subscribers.find(subscriberId).ifPresent(subscriber -> subscriber.replaceToken(token));
        boolean paused = state.subscribers.isPaused(token.userId());
        if (paused) {
            state.refusedUsers.schedule(token.userId(), now);
        }
        return paused || stuck;
    }

    /** Fails those who have waited too long. */
    void failExpired(long now) {
        pending.removeIf(p -> {
            boolean late = p.failIfExpired(now);
            if (late) {
                state.subscribers.remove(p.subscriber().id());
            }
            return late;
        });
    }

    void failAll(ChatServiceException why) {
        List.copyOf(pending).forEach(p -> p.promise().tryFail(why));
        pending.clear();
    }

    /** When the next one has waited too long; {@link Long#MAX_VALUE} if nobody waits. */
    long deadline() {
        return pending.stream().mapToLong(PendingSubscription::deadline).min().orElse(Long.MAX_VALUE);
    }

    boolean isEmpty() {
        return pending.isEmpty();
    }

    /** Those who wait now; a poll that begins now serves them. */
    List<PendingSubscription> all() {
        return List.copyOf(pending);
    }

    /** After a poll: completes those whom it served. */
    void complete(PollCycle cycle, PollResult result, List<PendingSubscription> served, Freshness freshness) {
        ThreadProperties properties = state.properties;
        ChatServiceException failure = result.failure();
        for (PendingSubscription subscription : served) {
            String userId = subscription.subscriber().userId();
            if (subscription.proven() && state.roster.member(userId).isEmpty()) {
                // Removed by what this poll has found.
                state.subscribers.remove(subscription.subscriber().id());
                subscription.promise().tryFail(PollFailures.nonMember());
            } else if (subscription.proven() && cycle.serves(subscription) && result.full() && properties != null) {
                Optional<CatchUp> catchUp = subscription.resumeFrom().flatMap(since -> cycle.resumeResolver()
                        .catchUp(since, userId));
                if (catchUp.isPresent() || subscription.resumeFrom().isEmpty()) {
                    subscription.promise().tryComplete(watched(properties, freshness, catchUp.orElse(null)));
                }
            } else if (failure != null) {
                subscription.noteFailure(failure);
            }
        }
        pending.removeIf(p -> p.promise().future().isComplete());
        // Those without a proof go to the end, so that nobody waits behind a throttled user.
        List<PendingSubscription> unproven =
                served.stream().filter(p -> !p.proven() && pending.remove(p)).toList();
        pending.addAll(unproven);
    }

    private Watched watched(ThreadProperties properties, Freshness freshness, @Nullable CatchUp catchUp) {
        long now = context.scheduler().now();
        return new Watched(
                context.revisions().last(),
                state.roster,
                state.position(now),
                state.window.newestId(),
                catchUp == null || catchUp.resync() != null ? state.window.publishedStates() : PublishedStates.NONE,
                state.overlapMs(now),
                properties,
                state.horizon(!context.listOrder().doubted(state.threadId, now)),
                state.horizonStaleness(freshness),
                freshness,
                state.snapshot(),
                catchUp);
    }
}
