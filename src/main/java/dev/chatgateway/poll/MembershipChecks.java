package dev.chatgateway.poll;

import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.MembershipCheck.Admitted;
import dev.chatgateway.poll.MembershipCheck.Wish;
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
 * Asks the service about users who want to subscribe to a thread of which they are not known to be participants. The
 * question is a get-thread call with the user's own token: the service counts it for that user only, so that a stranger
 * spends nothing that the participants share. The thread's poller hears of the user after a positive answer; checks and
 * readings never wait for each other. Lives on the poller's context.
 */
public final class MembershipChecks {
    /** The first check of a thread gets this long: its answer often leads to a roster that names the others too. */
    static final long HEAD_START_MS = 250;

    private static final long RETRY_MS = 1_000;
    /** Subscribers of all threads, about 500 bytes each. */
    private static final int MOST_WAITING = 50_000;

    private static final int MOST_RUNNING_OF_USER = 4;
    private static final int UNAUTHORIZED = 401;

    private final PollContext env;
    private final Map<MembershipCheck.Key, MembershipCheck> checks = new HashMap<>();
    private final Map<String, Map<String, MembershipCheck>> byThread = new HashMap<>();
    private final Map<String, Map<String, Wish>> bySubscriber = new HashMap<>();
    private final Set<MembershipCheck> ready = new LinkedHashSet<>();
    /** Checks of users who have as many calls under way as they may. */
    private final Map<String, Set<MembershipCheck>> held = new HashMap<>();

    private final Map<String, Integer> runningOf = new HashMap<>();
    private int running;
    private boolean pumping;
    private int waiting;

    MembershipChecks(PollContext env) {
        this.env = env;
    }

    /** Completes with the wish when the user may subscribe; fails with the service's refusal, or after ten seconds. */
    Future<Admitted> ask(Watch watch) {
        abandon(watch.subscriberId(), watch.threadId());
        if (waiting >= MOST_WAITING) {
            env.metrics().limitHit("watch.checks");
            return Future.failedFuture(PollFailures.tooManyPending());
        }
        MembershipCheck.Key key = new MembershipCheck.Key(watch.token().userId(), watch.threadId());
        MembershipCheck known = checks.get(key);
        MembershipCheck check = known == null ? new MembershipCheck(key) : known;
        Wish wish = new Wish(check, watch, env.ticker().now() + PendingSubscription.MAX_WAIT_MS);
        check.add(wish);
        waiting++;
        bySubscriber
                .computeIfAbsent(watch.subscriberId(), id -> new HashMap<>(1))
                .put(watch.threadId(), wish);
        Scheduler.Timer limit = env.ticker().schedule(PendingSubscription.MAX_WAIT_MS, wish::giveUp);
        wish.promise.future().onComplete(done -> {
            limit.cancel();
            left(wish);
        });
        if (known == null) {
            begin(check);
        }
        return wish.promise.future();
    }

    /** The subscriber has unsubscribed, or subscribes again. */
    void abandon(String subscriberId, String threadId) {
        Wish wish = bySubscriber.getOrDefault(subscriberId, Map.of()).get(threadId);
        if (wish != null) {
            wish.promise.tryFail(PollFailures.abandoned());
        }
    }

    void replaceToken(String subscriberId, UserToken token) {
        bySubscriber.getOrDefault(subscriberId, Map.of()).values().forEach(wish -> wish.token(token));
    }

    /** A thread's participants were listed: users whom the list names need no check. */
    void rosterRead(String threadId, Roster roster) {
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

    private void begin(MembershipCheck check) {
        Map<String, MembershipCheck> of = byThread.computeIfAbsent(check.key.threadId(), id -> new LinkedHashMap<>(2));
        boolean first = of.isEmpty();
        checks.put(check.key, check);
        of.put(check.key.userId(), check);
        if (first) {
            enqueue(check);
        } else {
            later(check, HEAD_START_MS);
        }
    }

    private void later(MembershipCheck check, long delayMs) {
        check.timer = env.ticker().schedule(delayMs, () -> {
            check.timer = null;
            enqueue(check);
        });
    }

    private void enqueue(MembershipCheck check) {
        check.cancelTimer();
        if (!check.queued && !check.running) {
            check.queued = true;
            ready.add(check);
            pump();
        }
    }

    /** Sends what may be sent now, in the order of arrival; nobody waits behind a user who asks for very much. */
    private void pump() {
        if (pumping) {
            // A call that fails at once ends within this loop, which goes on with the next one.
            return;
        }
        pumping = true;
        while (running < mostRunning() && !ready.isEmpty()) {
            MembershipCheck next = takeFirst(ready);
            String userId = next.key.userId();
            if (runningOf.getOrDefault(userId, 0) >= MOST_RUNNING_OF_USER) {
                held.computeIfAbsent(userId, id -> new LinkedHashSet<>()).add(next);
            } else {
                next.queued = false;
                start(next);
            }
        }
        pumping = false;
    }

    /** Calls at once: beside the readings, and half as many. */
    private int mostRunning() {
        return Math.max(1, env.config().parallel() / 2);
    }

    private static MembershipCheck takeFirst(Set<MembershipCheck> queue) {
        Iterator<MembershipCheck> first = queue.iterator();
        MembershipCheck check = first.next();
        first.remove();
        return check;
    }

    private void start(MembershipCheck check) {
        MembershipCheck.Key key = check.key;
        UserToken token = check.token();
        long heldMs = env.source().propertiesEarliestMs(token, key.threadId());
        if (heldMs > 0) {
            // Not sent: a call that waits for its rate window would take the place of others.
            release(key.userId());
            again(check, PollFailures.throttled(heldMs));
            return;
        }
        check.running = true;
        running++;
        runningOf.merge(key.userId(), 1, Integer::sum);
        env.source().properties(token, key.threadId(), Priority.HISTORY).onComplete(result -> {
            check.running = false;
            running--;
            runningOf.computeIfPresent(key.userId(), (id, calls) -> calls == 1 ? null : calls - 1);
            release(key.userId());
            ended(check, token, result);
            pump();
        });
    }

    private void release(String userId) {
        held.computeIfPresent(userId, (id, queue) -> {
            ready.add(takeFirst(queue));
            return queue.isEmpty() ? null : queue;
        });
    }

    private void ended(MembershipCheck check, UserToken token, AsyncResult<ThreadProperties> result) {
        if (result.succeeded()) {
            ThreadProperties read = result.result();
            admit(check, read.deletedOn() == null ? read : null);
            return;
        }
        ChatServiceException why = PollFailures.of(result.cause());
        if (RecentRefusals.refusesParticipant(why)) {
            env.refused(check.key.userId(), check.key.threadId(), why);
        }
        if (why.status() == UNAUTHORIZED) {
            // A 401 is about this token only; subscribers of the user with another token may wait for this check too.
            List.copyOf(check.wishes()).stream()
                    .filter(wish -> wish.watch().token().equals(token))
                    .forEach(wish -> wish.promise.tryFail(why));
        }
        if (why.status() == UNAUTHORIZED && check.wanted()) {
            enqueue(check);
        } else if (why.retryable()) {
            again(check, why);
        } else {
            fail(check, why);
            // The other checks of the thread waited for the list of participants that this user's poll would have read.
            List.copyOf(byThread.getOrDefault(check.key.threadId(), Map.of()).values())
                    .forEach(other -> {
                        if (other.timer != null) {
                            enqueue(other);
                        }
                    });
        }
    }

    private void again(MembershipCheck check, ChatServiceException why) {
        long delayMs = why.kind() == Kind.THROTTLED ? Math.max(why.retryAfterMs(), RETRY_MS) : RETRY_MS;
        check.hindered(why, env.ticker().now() + delayMs);
        if (check.wanted()) {
            later(check, delayMs);
        } else {
            drop(check);
        }
    }

    private void admit(MembershipCheck check, @Nullable ThreadProperties properties) {
        for (Wish wish : check.wishes()) {
            wish.promise.tryComplete(new Admitted(wish.watch(), properties));
        }
        drop(check);
    }

    private void fail(MembershipCheck check, ChatServiceException why) {
        check.wishes().forEach(wish -> wish.promise.tryFail(why));
        drop(check);
    }

    private void left(Wish wish) {
        waiting--;
        wish.check.remove(wish);
        bySubscriber.computeIfPresent(wish.watch().subscriberId(), (id, of) -> {
            of.remove(wish.watch().threadId(), wish);
            return of.isEmpty() ? null : of;
        });
        drop(wish.check);
    }

    /** Forgets a check that no subscriber waits for. One whose call is under way stays: later subscribers share it. */
    private void drop(MembershipCheck check) {
        if (check.wanted() || check.running) {
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
