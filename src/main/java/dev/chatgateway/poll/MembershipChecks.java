package dev.chatgateway.poll;

import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.MembershipCheck.Admitted;
import dev.chatgateway.poll.MembershipCheck.Waiting;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.source.RecentRefusals;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks the membership of users who want to subscribe to a thread and are not known as its participants. A check is a
 * get-thread call with the user's own token: the service counts it for that user only, so that a non-member uses nothing of
 * the windows that the participants share. The thread's poller gets the user after a positive answer; checks and polls
 * never wait for each other. Lives on the poller's context.
 */
public final class MembershipChecks {
    /** The first check of a thread gets this long: its answer often leads to a roster that names the others too. */
    static final long HEAD_START_MS = 250;

    private static final long RETRY_MS = 1_000;
    /** Subscribers of all threads, about 500 bytes each. */
    private static final int MOST_WAITING = 50_000;

    private static final int MOST_RUNNING_OF_USER = 4;
    private static final int UNAUTHORIZED = 401;

    private final PollContext context;
    private final Map<MembershipCheck.Key, MembershipCheck> checks = new HashMap<>();
    private final Map<String, Map<String, MembershipCheck>> byThread = new HashMap<>();
    private final Map<String, Map<String, Waiting>> bySubscriber = new HashMap<>();
    private final Set<MembershipCheck> ready = new LinkedHashSet<>();
    /** Checks of users who have as many calls under way as they may. */
    private final Map<String, Set<MembershipCheck>> held = new HashMap<>();

    private final Map<String, Integer> runningOf = new HashMap<>();
    private int running;
    private boolean calling;
    private int waitingSubscribers;

    MembershipChecks(PollContext context) {
        this.context = context;
    }

    /** Completes when the user may subscribe; fails with the service's refusal, or after ten seconds. */
    Future<Admitted> check(Watch watch) {
        abandon(watch.subscriberId(), watch.threadId());
        if (waitingSubscribers >= MOST_WAITING) {
            context.metrics().limitHit("watch.checks");
            return Future.failedFuture(PollFailures.tooManyPending());
        }
        MembershipCheck.Key key = new MembershipCheck.Key(watch.token().userId(), watch.threadId());
        MembershipCheck known = checks.get(key);
        MembershipCheck check = known == null ? new MembershipCheck(key) : known;
        Waiting subscriber = new Waiting(check, watch, context.scheduler().now() + PendingSubscription.MAX_WAIT_MS);
        check.add(subscriber);
        waitingSubscribers++;
        bySubscriber
                .computeIfAbsent(watch.subscriberId(), id -> new HashMap<>(1))
                .put(watch.threadId(), subscriber);
        Scheduler.Timer limit = context.scheduler().schedule(PendingSubscription.MAX_WAIT_MS, subscriber::expire);
        subscriber.promise.future().onComplete(done -> {
            limit.cancel();
            removeWaiting(subscriber);
        });
        if (known == null) {
            start(check);
        }
        return subscriber.promise.future();
    }

    /** The subscriber has unsubscribed, or subscribes again. */
    void abandon(String subscriberId, String threadId) {
        Waiting subscriber = bySubscriber.getOrDefault(subscriberId, Map.of()).get(threadId);
        if (subscriber != null) {
            subscriber.promise.tryFail(PollFailures.abandoned());
        }
    }

    void replaceToken(String subscriberId, UserToken token) {
        bySubscriber
                .getOrDefault(subscriberId, Map.of())
                .values()
                .forEach(subscriber -> subscriber.replaceToken(token));
    }

    /** A thread's participants were listed: users whom the list names need no check. */
    void applyRoster(String threadId, Roster roster) {
        Map<String, MembershipCheck> of = byThread.getOrDefault(threadId, Map.of());
        for (MembershipCheck check : List.copyOf(of.values())) {
            if (roster.member(check.key.userId()).isPresent()) {
                admit(check, null);
            }
        }
    }

    void close() {
        for (MembershipCheck check : List.copyOf(checks.values())) {
            fail(check, PollFailures.stopped());
        }
    }

    private void start(MembershipCheck check) {
        Map<String, MembershipCheck> of = byThread.computeIfAbsent(check.key.threadId(), id -> new LinkedHashMap<>(2));
        boolean first = of.isEmpty();
        checks.put(check.key, check);
        of.put(check.key.userId(), check);
        if (first) {
            enqueue(check);
        } else {
            enqueueAfter(check, HEAD_START_MS);
        }
    }

    private void enqueueAfter(MembershipCheck check, long delayMs) {
        check.timer = context.scheduler().schedule(delayMs, () -> {
            check.timer = null;
            enqueue(check);
        });
    }

    private void enqueue(MembershipCheck check) {
        check.cancelTimer();
        if (!check.queued && !check.running) {
            check.queued = true;
            ready.add(check);
            callNext();
        }
    }

    /** Makes the calls that may be made now, in the order of arrival; a user with very many checks holds up nobody. */
    private void callNext() {
        if (calling) {
            // A call that fails at once ends within this loop, which goes on with the next one.
            return;
        }
        calling = true;
        while (running < mostRunning() && !ready.isEmpty()) {
            MembershipCheck next = removeFirst(ready);
            String userId = next.key.userId();
            if (runningOf.getOrDefault(userId, 0) >= MOST_RUNNING_OF_USER) {
                held.computeIfAbsent(userId, id -> new LinkedHashSet<>()).add(next);
            } else {
                next.queued = false;
                call(next);
            }
        }
        calling = false;
    }

    /** Checks may run besides the polls, and half as many. */
    private int mostRunning() {
        return Math.max(1, context.config().parallel() / 2);
    }

    private static MembershipCheck removeFirst(Set<MembershipCheck> queue) {
        Iterator<MembershipCheck> first = queue.iterator();
        MembershipCheck check = first.next();
        first.remove();
        return check;
    }

    private void call(MembershipCheck check) {
        MembershipCheck.Key key = check.key;
        UserToken token = check.token();
        long heldMs = context.source().propertiesEarliestMs(token, key.threadId());
        if (heldMs > 0) {
            // Not sent: a call that waits for its rate window would occupy a slot of others.
            release(key.userId());
            retry(check, PollFailures.throttled(heldMs));
            return;
        }
        check.running = true;
        running++;
        runningOf.merge(key.userId(), 1, Integer::sum);
        context.source().properties(token, key.threadId(), Priority.HISTORY).onComplete(result -> {
            check.running = false;
            running--;
            runningOf.computeIfPresent(key.userId(), (id, calls) -> calls == 1 ? null : calls - 1);
            release(key.userId());
            onAnswer(check, token, result);
            callNext();
        });
    }

    private void release(String userId) {
        held.computeIfPresent(userId, (id, queue) -> {
            ready.add(removeFirst(queue));
            return queue.isEmpty() ? null : queue;
        });
    }

    private void onAnswer(MembershipCheck check, UserToken token, AsyncResult<ThreadProperties> result) {
        if (result.succeeded()) {
            ThreadProperties properties = result.result();
            admit(check, properties.deletedOn() == null ? properties : null);
            return;
        }
        ChatServiceException why = PollFailures.of(result.cause());
        if (RecentRefusals.refusesParticipant(why)) {
            context.refused(check.key.userId(), check.key.threadId(), why);
        }
        if (why.status() == UNAUTHORIZED) {
            // A 401 is about this token only; subscribers of the user with another token may wait for this check too.
            List.copyOf(check.waiting()).stream()
                    .filter(subscriber -> subscriber.watch().token().equals(token))
                    .forEach(subscriber -> subscriber.promise.tryFail(why));
        }
        if (why.status() == UNAUTHORIZED && check.hasSubscribers()) {
            enqueue(check);
        } else if (why.retryable()) {
            retry(check, why);
        } else {
            fail(check, why);
            // The other checks of the thread waited for the list of participants that a poll for this user would have
            // brought.
            List.copyOf(byThread.getOrDefault(check.key.threadId(), Map.of()).values())
                    .forEach(other -> {
                        if (other.timer != null) {
                            enqueue(other);
                        }
                    });
        }
    }

    private void retry(MembershipCheck check, ChatServiceException why) {
        long delayMs = why.kind() == Kind.THROTTLED ? Math.max(why.retryAfterMs(), RETRY_MS) : RETRY_MS;
        check.delay(why, context.scheduler().now() + delayMs);
        if (check.hasSubscribers()) {
            enqueueAfter(check, delayMs);
        } else {
            drop(check);
        }
    }

    private void admit(MembershipCheck check, @Nullable ThreadProperties properties) {
        for (Waiting subscriber : check.waiting()) {
            subscriber.promise.tryComplete(new Admitted(subscriber.watch(), properties));
        }
        drop(check);
    }

    private void fail(MembershipCheck check, ChatServiceException why) {
        check.waiting().forEach(subscriber -> subscriber.promise.tryFail(why));
        drop(check);
    }

    private void removeWaiting(Waiting subscriber) {
        waitingSubscribers--;
        subscriber.check.remove(subscriber);
        bySubscriber.computeIfPresent(subscriber.watch().subscriberId(), (id, of) -> {
            of.remove(subscriber.watch().threadId(), subscriber);
            return of.isEmpty() ? null : of;
        });
        drop(subscriber.check);
    }

    /** Removes a check that no subscriber waits for. One whose call is under way stays: later subscribers share it. */
    private void drop(MembershipCheck check) {
        if (check.hasSubscribers() || check.running) {
            return;
        }
        check.cancelTimer();
        if (check.queued) {
            check.queued = false;
            if (ready.remove(check)) {
                release(check.key.userId());
            }
            held.computeIfPresent(check.key.userId(), (id, queue) -> {
                queue.remove(check);
                return queue.isEmpty() ? null : queue;
            });
        }
        if (checks.remove(check.key, check)) {
            byThread.computeIfPresent(check.key.threadId(), (id, of) -> {
                of.remove(check.key.userId());
                return of.isEmpty() ? null : of;
            });
        }
    }
}
