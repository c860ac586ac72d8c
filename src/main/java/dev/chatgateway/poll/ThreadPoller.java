package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads one thread while somebody watches it, and tells the hubs what changed. Rounds never overlap. Lives on the
 * poller's context.
 */
final class ThreadPoller {
    private static final long NOTHING_TO_DO_MS = WaitingList.LIMIT_MS;
    /** Somebody has read: no reason to expect messages at once. */
    private static final Set<EventGroup> READ = Set.of(EventGroup.RECEIPTS);

    /** How soon a round follows for those who still wait after one that brought nothing. */
    private static final long SOON_MS = 250;

    private final ThreadState state;
    private final PollEnvironment env;
    private final Runnable onEnd;
    private final WaitingList waiting;
    private final List<OwnView> views = new ArrayList<>(0);
    private final Announcer announcer;
    private final DigestSeat seat;
    private final Turn turn;
    private final ThrottledTyping throttledTyping = new ThrottledTyping();
    private Ticker.@Nullable Timer timer;
    private boolean running;
    private boolean again;
    private boolean ended;
    private boolean urgent;
    private long lingerUntil;
    private long listedAt;
    private long askedAt;

    /** @param onEnd called once, when the thread is no longer read */
    ThreadPoller(String threadId, PollEnvironment env, Digests digests, Runnable onEnd) {
        this.env = env;
        this.onEnd = onEnd;
        state = new ThreadState(threadId, env.config(), env.random());
        announcer = new Announcer(state, env);
        seat = new DigestSeat(this, state, env, digests);
        turn = new Turn(env.slots(), this::read);
        waiting = new WaitingList(state, env);
    }

    String threadId() {
        return state.threadId;
    }

    /** The tokens of a user's subscribers. */
    Stream<UserToken> tokens(String userId) {
        return state.watchers.all().stream()
                .filter(w -> w.userId().equals(userId))
                .map(Watcher::token);
    }

    Future<Watched> watch(Watch watch) {
        lingerUntil = 0;
        state.pace.arrived(env.ticker().now());
        Optional<Watched> known = waiting.atOnce(watch, announcer.freshness());
        if (known.isPresent()) {
            return Future.succeededFuture(known.get());
        }
        Future<Watched> watched = waiting.add(watch);
        wake();
        return watched;
    }

    void unwatch(String subscriberId) {
        waiting.abandon(subscriberId);
        state.watchers.remove(subscriberId);
        if (!running && (!watched() || seat.covered())) {
            seat.look(listedAt);
            announcer.source(seat.covered());
            schedule();
        }
    }

    void replaceToken(String subscriberId, UserToken token) {
        waiting.replaceToken(subscriberId, token);
        state.watchers.find(subscriberId).ifPresent(watcher -> {
            watcher.token(token);
            if (state.watchers.paused(token.userId())) {
                state.suspects.postpone(token.userId(), env.ticker().now());
            }
            wake();
        });
    }

    void poke(Poke poke) {
        state.pokes.add(poke, state.window);
        long now = env.ticker().now();
        if (poke.parts().equals(READ)) {
            state.pace.read(now);
        } else {
            state.pace.moved(now);
        }
        urgent = true;
        wake();
    }

    /** The digest shows that something was written, or can't see the thread any more. */
    void stirred() {
        state.pace.moved(env.ticker().now());
        wake();
    }

    /** The digest can't be read: the thread is polled again, at a moment of its own. */
    void uncovered() {
        if (seat.lost() && !running) {
            announcer.source(false);
            schedule();
        }
    }

    /** Only members of a small thread are shown writing; others would not have been accepted by the service either. */
    void typing(ChatEvent.TypingIndicator typing) {
        if (state.roster.small() && state.roster.member(typing.senderId()).isPresent()) {
            state.pace.moved(env.ticker().now());
            announcer.event(new Item(typing, state.position()));
        }
    }

    /** Whether a typing notification of that user is shown that the service could not be told of. */
    boolean vouchesFor(String senderId) {
        return throttledTyping.passes(senderId, state.roster, env.ticker().now());
    }

    Future<Boolean> sees(String subscriberId, String messageId) {
        Future<Boolean> answer = OwnView.add(views, subscriberId, messageId, env);
        wake();
        return answer;
    }

    /** What an audit needs to know of the thread at this moment. */
    Audited audited() {
        return new Audited(state, announcer, turn, running, ended, seat.covered(), listedAt);
    }

    /** Ends at once, without a word to the subscribers. */
    void stop() {
        if (!ended) {
            ended = true;
            cancelTimer();
            seat.leave();
            waiting.failAll(Failures.stopped());
            views.forEach(v -> v.promise().tryFail(Failures.stopped()));
            onEnd.run();
        }
    }

    /** A round as soon as the service allows; after the present one if there is one. */
    private void wake() {
        if (turn.queued()) {
            turn.ask(urgent || !waiting.isEmpty());
        } else if (running) {
            again = true;
        } else {
            start(Math.max(0, state.pace.heldUntil() - env.ticker().now()));
        }
    }

    private void start(long delay) {
        cancelTimer();
        if (delay <= 0) {
            run();
        } else {
            timer = env.ticker().schedule(delay, this::run);
        }
    }

    private void run() {
        timer = null;
        long now = env.ticker().now();
        waiting.giveUp(now);
        if (ended || now < state.pace.heldUntil() || !(watched() || lingering(now))) {
            schedule();
            return;
        }
        running = true;
        askedAt = now;
        turn.ask(urgent || !waiting.isEmpty());
    }

    private void read() {
        if (ended) {
            env.slots().leave();
            return;
        }
        again = false;
        long now = env.ticker().now();
        Round round =
                new Round(state, env, !waiting.isEmpty() ? Priority.HISTORY : urgent ? Priority.POKE : Priority.POLL);
        urgent = false;
        List<PendingWatch> served = waiting.all();
        round.run(served, views).onComplete(v -> {
            env.slots().leave();
            finish(round, served, now);
        });
    }

    private void finish(Round round, List<PendingWatch> served, long startedAt) {
        running = false;
        if (ended) {
            return;
        }
        long now = env.ticker().now();
        state.pace.ended(round.failure(), now, now - askedAt);
        state.pace.ledger(state.watchers
                .first(now)
                .map(w -> env.source().messagesEarliestMs(w.token(), state.threadId))
                .orElse(0L));
        if (round.messagesRead()) {
            listedAt = startedAt;
        }
        if (!round.items().isEmpty()) {
            state.pace.moved(now);
        }
        env.metrics().poll(round.outcome());
        seat.look(listedAt);
        state.ring.add(round.items(), state.position(), now);
        announcer.round(round, seat.covered());
        state.watchers.removeUsers(state.watchers.strangers(state.roster));
        if (round.deleted()) {
            waiting.failAll(Failures.deleted());
            stop();
            return;
        }
        waiting.answer(round, served, announcer.freshness());
        schedule();
    }

    private boolean watched() {
        return !waiting.isEmpty() || !state.watchers.isEmpty();
    }

    private boolean lingering(long now) {
        if (lingerUntil == 0) {
            lingerUntil = now + env.config().lingerSeconds() * 1000L;
        }
        return now < lingerUntil && state.watchers.usable(now);
    }

    private void schedule() {
        if (ended) {
            return;
        }
        long now = env.ticker().now();
        if (!watched() && !lingering(now)) {
            stop();
            return;
        }
        start(Math.max(1, delay(now)));
    }

    private long delay(long now) {
        long held = state.pace.heldUntil() - now;
        long wait = !state.watchers.usable(now)
                ? NOTHING_TO_DO_MS
                : seat.covered() ? seat.next(listedAt) : state.pace.next(now, watched());
        long retry = state.pokes.nextWait();
        if (retry >= 0) {
            wait = Math.min(wait, retry);
        }
        if (again) {
            wait = 0;
        } else if (!waiting.isEmpty() || !views.isEmpty()) {
            wait = Math.min(wait, SOON_MS);
        }
        wait = Math.min(wait, state.suspects.nextDue() - now);
        if (state.receiptsWanted) {
            wait = Math.min(wait, SideReadings.receiptsDueAt(state, env) - now);
        }
        return Math.min(Math.max(wait, held), waiting.deadline() - now);
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
