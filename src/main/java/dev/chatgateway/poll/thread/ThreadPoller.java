package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.cycle.MetadataPoll;
import dev.chatgateway.poll.cycle.PollCycle;
import dev.chatgateway.poll.cycle.PollTrace;
import dev.chatgateway.poll.cycle.VisibilityChecks;
import dev.chatgateway.poll.schedule.NextPoll;
import dev.chatgateway.poll.schedule.PollTask;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ListCoverage;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import dev.chatgateway.poll.threadlist.ThreadListPollers;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads one thread while somebody watches it, and tells the hubs what changed. Rounds never overlap. Lives on the
 * poller's context.
 */
public final class ThreadPoller implements WatchedThread {
    private final ThreadState state;
    private final PollContext env;
    private final IdleThread.Lot lot;
    private final PendingSubscriptions waiting;
    private final PollDemand demand;
    private final VisibilityChecks views;
    private final PollPause pause;
    private final UpdatePublisher announcer;
    private final ListCoverage seat;
    private final PollTask turn;
    private final NextPoll next;
    private boolean running;
    private boolean again;
    private boolean ended;
    private boolean urgent;
    private long listedAt;
    private long askedAt;

    /** @param lot told once when the thread is no longer read; may be given it to park instead */
    public ThreadPoller(String threadId, PollContext env, ThreadListPollers digests, IdleThread.Lot lot) {
        this.env = env;
        this.lot = lot;
        state = new ThreadState(
                threadId, env.settings(), env.random(), () -> env.owners().wantedElsewhere(threadId));
        announcer = new UpdatePublisher(state, env);
        seat = new ListCoverage(this, state, env, digests);
        turn = new PollTask(env.slots(), this::read);
        next = new NextPoll(env.ticker(), this::run);
        waiting = new PendingSubscriptions(state, env);
        demand = new PollDemand(state, env, waiting);
        views = new VisibilityChecks(env);
        pause = new PollPause(state, env, seat, waiting, views);
    }

    /** Goes on with what was kept of the thread, its next reading due as before. */
    public void resume(IdleThread parked) {
        parked.restore(state);
        listedAt = parked.listedAt();
        seat.resume(parked.digest());
        announcer.resumed();
        next.in(pause.lengthMs(false, listedAt));
    }

    @Override
    public String threadId() {
        return state.threadId;
    }

    @Override
    public ThreadPoller awake() {
        return this;
    }

    @Override
    public Collection<PollSubscriber> watchers() {
        return state.watchers.all();
    }

    @Override
    public long neededReach() {
        return state.neededReach();
    }

    @Override
    public boolean names(String userId) {
        return state.roster.member(userId).isPresent();
    }

    /**
     * Reads the thread for a subscriber whose user takes part in it, as far as is known.
     *
     * @param properties of the thread, if they were just read
     */
    public Future<Watched> watch(Watch watch, @Nullable ThreadProperties properties) {
        demand.arrived();
        state.pace.arrived(env.ticker().now());
        MetadataPoll.adoptProperties(state, env, properties);
        env.owners().arrived(state);
        Optional<Watched> known = waiting.atOnce(watch, announcer.freshness());
        if (known.isPresent()) {
            env.owners().subscribed(state);
            hasten();
            return Future.succeededFuture(known.get());
        }
        Future<Watched> watched = waiting.add(watch);
        wake();
        return watched;
    }

    public void unwatch(String subscriberId) {
        waiting.abandon(subscriberId);
        state.watchers.remove(subscriberId);
        if (!running && (!demand.subscribed() || seat.covered())) {
            seat.look(listedAt);
            announcer.source(seat.covered());
            schedule();
        }
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        if (waiting.replaceToken(subscriberId, token)) {
            wake();
        }
    }

    public void poke(Poke poke) {
        state.pokes.add(poke, state);
        state.pace.poked(poke, env.ticker().now());
        urgent = true;
        turn.written();
        wake();
    }

    /** Something was written that is not known here, or may have been while nobody read. */
    public void stirred() {
        state.pace.moved(env.ticker().now());
        turn.written();
        wake();
    }

    /** The digest can't be read: the thread is polled again. */
    void uncovered() {
        if (seat.lost() && !running) {
            announcer.source(false);
            schedule();
        }
    }

    /** Only members of a small thread are shown writing; the service accepts no others either. */
    public void typing(ChatEvent.TypingIndicator typing) {
        if (state.roster.small() && state.roster.member(typing.senderId()).isPresent()) {
            state.pace.moved(env.ticker().now());
            announcer.typing(typing);
            hasten();
        }
    }

    public Future<Boolean> sees(String subscriberId, long messageId, long version) {
        Future<Boolean> seen = views.add(subscriberId, messageId, version);
        wake();
        return seen;
    }

    public Audited audited() {
        return new Audited(state, announcer, turn, running, ended, seat.covered(), listedAt);
    }

    /** Ends at once, without a word to the subscribers. */
    public void stop() {
        if (!ended) {
            ended = true;
            next.cancel();
            seat.leave();
            waiting.failAll(PollFailures.stopped());
            views.failAll(PollFailures.stopped());
            lot.ended(state.threadId);
        }
    }

    /** What decides on the next reading has changed. */
    public void reschedule() {
        if (!running && !ended) {
            schedule();
        }
    }

    void due() {
        next.in(0);
    }

    /**
     * Brings the next round forward if it was scheduled before the thread became hot. Never puts it off: many subscribers
     * that arrive one after the other would put it off for ever. Costs one comparison for all of them but the first.
     */
    private void hasten() {
        if (!running && !ended && next.laterThan(env.config().hotMs())) {
            next.within(pause.lengthMs(false, listedAt));
        }
    }

    /** A round as soon as the service allows; after the present one if there is one. */
    private void wake() {
        if (turn.queued()) {
            turn.ask(!waiting.isEmpty());
        } else if (running) {
            again = true;
        } else {
            next.in(Math.max(0, state.pace.heldUntil() - env.ticker().now()));
        }
    }

    private void run() {
        long now = env.ticker().now();
        waiting.giveUp(now);
        if (ended || now < state.pace.heldUntil() || !demand.polled(now)) {
            schedule();
            return;
        }
        running = true;
        askedAt = now;
        turn.ask(!waiting.isEmpty());
    }

    private void read() {
        if (ended) {
            env.slots().leave();
            return;
        }
        again = false;
        long now = env.ticker().now();
        PollCycle round = new PollCycle(
                state, env, !waiting.isEmpty() ? Priority.HISTORY : urgent ? Priority.POKE : Priority.POLL);
        urgent = false;
        List<PendingSubscription> served = waiting.all();
        PollTrace trace = new PollTrace(state, env);
        trace.run(() -> round.run(served, views)).onComplete(v -> {
            env.slots().leave();
            PollResult result = round.result();
            trace.end(result, env.ticker().now() - now);
            finish(round, result, served, now);
        });
    }

    private void finish(PollCycle round, PollResult result, List<PendingSubscription> served, long startedAt) {
        running = false;
        if (ended) {
            return;
        }
        long now = env.ticker().now();
        state.pace.ended(result.failure(), now, now - askedAt);
        pause.ledger(now);
        if (result.full()) {
            listedAt = startedAt;
        }
        if (!result.items().isEmpty()) {
            state.pace.moved(now);
        }
        seat.look(listedAt);
        state.remember(result, !env.order().doubted(state.threadId, now), env.metrics(), now);
        env.owners().polled(state, result, announcer.polled(result, seat.covered()));
        state.watchers.removeUsers(state.watchers.nonMembers(state.roster));
        if (result.deleted()) {
            waiting.failAll(PollFailures.deleted());
            stop();
            return;
        }
        result.added().forEach(userId -> env.refusals().forget(userId, state.threadId));
        admitNamed();
        waiting.answer(round, result, served, announcer.freshness());
        env.owners().subscribed(state);
        schedule();
        env.owners().settled(state.threadId);
    }

    /**
     * Tells the poller which participants are known now, so that subscribers whose membership is being checked need no
     * check. They subscribe within this call; as if a round were running, so that one round serves all of them.
     */
    private void admitNamed() {
        boolean before = running;
        running = true;
        lot.rosterRead(state.threadId, state.roster);
        running = before;
    }

    private void schedule() {
        long now = env.ticker().now();
        if (ended || !demand.polled(now)) {
            stop();
            return;
        }
        long wait = pause.lengthMs(again, listedAt);
        ThreadListPoller keeper = running || again ? null : pause.keeper(announcer);
        if (keeper == null) {
            next.in(wait);
        } else {
            next.cancel();
            ended = true;
            lot.park(new IdleThread(state, keeper, listedAt, lot, env.ticker(), wait));
        }
    }
}
