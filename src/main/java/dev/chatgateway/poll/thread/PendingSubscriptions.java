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
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Those who want to subscribe to a thread and wait for their proof and for a reading. Bounded in number and time. */
final class PendingSubscriptions {
    private static final int MOST = 10_000;

    private final ThreadState state;
    private final PollContext env;
    private final List<PendingSubscription> waiting = new ArrayList<>(0);
    private @Nullable ResumeResolver resumes;
    private long resumesRevision;
    private long resumesAt;

    PendingSubscriptions(ThreadState state, PollContext env) {
        this.state = state;
        this.env = env;
    }

    /** Waits from now on; an older wish of the same subscriber is given up. */
    Future<Watched> add(Watch watch) {
        abandon(watch.subscriberId());
        if (waiting.size() >= MOST) {
            env.metrics().limitHit("watch.waiting");
            return Future.failedFuture(PollFailures.tooManyPending());
        }
        PendingSubscription pending =
                new PendingSubscription(watch, env.ticker().now() + PendingSubscription.MAX_WAIT_MS);
        waiting.add(pending);
        return pending.promise().future();
    }

    /**
     * Answers at once, without a call, who goes on from a position that the ring knows and is named by a roster read a
     * moment ago; what happens after the present position reaches it as updates.
     */
    Optional<Watched> atOnce(Watch watch, Freshness freshness) {
        long now = env.ticker().now();
        Position since = watch.since();
        ThreadProperties properties = state.properties;
        String userId = watch.token().userId();
        boolean proven = now - state.roster.readAt().toEpochMilli() < ProofAge.FRESH_MS
                && state.roster.member(userId).isPresent()
                && !state.watchers.isPaused(userId);
        if (since == null
                || properties == null
                || !proven
                || !state.read
                || freshness.source() == Freshness.Source.DEGRADED) {
            return Optional.empty();
        }
        return resumes(now).catchUp(since, userId).map(catchUp -> {
            abandon(watch.subscriberId());
            state.watchers.add(new PollSubscriber(watch));
            return watched(properties, freshness, catchUp);
        });
    }

    /** In a storm of resuming clients the answers are shared while nothing is published. */
    private ResumeResolver resumes(long now) {
        ResumeResolver before = resumes;
        long revision = env.revisions().last();
        if (before == null || resumesRevision != revision || resumesAt != now) {
            before = new ResumeResolver(state, !env.order().doubted(state.threadId, now), now);
            resumes = before;
            resumesRevision = revision;
            resumesAt = now;
        }
        return before;
    }

    void abandon(String subscriberId) {
        waiting.removeIf(
                p -> p.subscriber().id().equals(subscriberId) && p.promise().tryFail(PollFailures.abandoned()));
    }

    /** Gives a subscriber, waiting or not, a new token; whether a round should follow, as it may serve now. */
    boolean replaceToken(String subscriberId, UserToken token) {
        long now = env.ticker().now();
        boolean stuck = !waiting.isEmpty() || !state.watchers.hasUsableToken(now);
        waiting.stream().filter(p -> p.subscriber().id().equals(subscriberId)).forEach(p -> p.subscriber()
                .replaceToken(token));
        state.watchers.find(subscriberId).ifPresent(watcher -> watcher.replaceToken(token));
        boolean paused = state.watchers.isPaused(token.userId());
        if (paused) {
            state.suspects.schedule(token.userId(), now);
        }
        return paused || stuck;
    }

    /** Fails those who have waited too long. */
    void giveUp(long now) {
        waiting.removeIf(p -> {
            boolean late = p.failIfExpired(now);
            if (late) {
                state.watchers.remove(p.subscriber().id());
            }
            return late;
        });
    }

    void failAll(ChatServiceException why) {
        List.copyOf(waiting).forEach(p -> p.promise().tryFail(why));
        waiting.clear();
    }

    /** When the next one has waited too long; a far day if nobody waits. */
    long deadline() {
        return waiting.stream().mapToLong(PendingSubscription::deadline).min().orElse(Long.MAX_VALUE);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Those who wait now: a round that begins now serves them. */
    List<PendingSubscription> all() {
        return List.copyOf(waiting);
    }

    /** After a round: answers whom it served. */
    void answer(PollCycle round, PollResult result, List<PendingSubscription> served, Freshness freshness) {
        ThreadProperties properties = state.properties;
        ChatServiceException failure = result.failure();
        for (PendingSubscription pending : served) {
            String userId = pending.subscriber().userId();
            if (pending.proven() && state.roster.member(userId).isEmpty()) {
                // Removed by what this very round has read.
                state.watchers.remove(pending.subscriber().id());
                pending.promise().tryFail(PollFailures.nonMember());
            } else if (pending.proven() && round.serves(pending) && result.full() && properties != null) {
                Optional<CatchUp> catchUp = pending.resumeFrom()
                        .flatMap(since -> round.resumeResolver().catchUp(since, userId));
                if (catchUp.isPresent() || pending.resumeFrom().isEmpty()) {
                    pending.promise().tryComplete(watched(properties, freshness, catchUp.orElse(null)));
                }
            } else if (failure != null) {
                pending.noteFailure(failure);
            }
        }
        waiting.removeIf(p -> p.promise().future().isComplete());
        // Who could not be proven goes to the end, so that nobody waits behind a throttled user.
        List<PendingSubscription> unproven =
                served.stream().filter(p -> !p.proven() && waiting.remove(p)).toList();
        waiting.addAll(unproven);
    }

    private Watched watched(ThreadProperties properties, Freshness freshness, @Nullable CatchUp catchUp) {
        long now = env.ticker().now();
        return new Watched(
                env.revisions().last(),
                state.roster,
                state.position(now),
                state.window.newestId(),
                catchUp == null || catchUp.resync() != null ? state.window.publishedStates() : PublishedStates.NONE,
                state.overlapMs(now),
                properties,
                state.horizon(!env.order().doubted(state.threadId, now)),
                state.horizonStaleness(freshness),
                freshness,
                catchUp);
    }
}
