package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.Listed;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.cycle.MetadataPoll;
import dev.chatgateway.poll.cycle.PollCycle;
import dev.chatgateway.poll.cycle.PollTrace;
import dev.chatgateway.poll.cycle.VisibilityChecks;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.NextPoll;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ReplicaState;
import dev.chatgateway.poll.state.ReplicaUpdate;
import dev.chatgateway.poll.state.ReplicatedThread;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import dev.chatgateway.poll.threadlist.ThreadListPollers;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Polls one thread while it has subscribers, and publishes what changed. Polls of a thread never overlap. Lives on the
 * poller's context.
 */
public final class ThreadPoller implements WatchedThread, ReplicatedThread, AuditedThread {
    private final ThreadState state;
    private final PollContext context;
    private final IdleThread.Registry registry;
    private final PendingSubscriptions pending;
    private final PollDemand demand;
    private final VisibilityChecks visibilityChecks;
    private final PollSchedule schedule;
    private final UpdatePublisher publisher;
    private final ReplicaApplier replica;
    private final ConcurrencyLimiter.Task task;
    private final NextPoll next;
    private boolean running;
    private boolean again;
    private boolean ended;
    private boolean urgent;
    private long requestedAt;

    /** @param registry told once when the thread is no longer polled; may be given the thread as an idle one instead */
    public ThreadPoller(String threadId, PollContext context, ThreadListPollers lists, IdleThread.Registry registry) {
        this.context = context;
        this.registry = registry;
        state = new ThreadState(threadId, context.settings(), context.random(), () -> context.replication()
                .groupsOfFollowers(threadId));
        publisher = new UpdatePublisher(state, context);
        replica = new ReplicaApplier(state, context, publisher);
        task = context.limiter().task(this::poll);
        next = new NextPoll(context.scheduler(), this::requestPoll);
        pending = new PendingSubscriptions(state, context, lists);
        demand = new PollDemand(state, context, pending);
        visibilityChecks = new VisibilityChecks(context);
        schedule = new PollSchedule(this, state, context, lists, pending, visibilityChecks);
    }

    /** Goes on with what was kept of an idle thread. Its next poll is due as before. */
    public void resume(IdleThread idle) {
        idle.restore(state);
        schedule.resume(idle.list(), idle.listedAt());
        publisher.restoreListCoverage();
        next.in(schedule.delayMs(false));
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
    public Collection<PollSubscriber> subscribers() {
        return state.subscribers.all();
    }

    @Override
    public long neededReach() {
        return state.neededReach();
    }

    @Override
    public boolean hasParticipant(String userId) {
        return state.roster.member(userId).isPresent();
    }

    @Override
    public ThreadStatus status(long now, long listMs) {
        return schedule.status(now, listMs);
    }

    /** The lists that a user who watches the thread can be given without a call. */
    public Listed listed(String userId) {
        return new KnownLists(state, context).listed(userId, publisher.freshness());
    }

    /**
     * Subscribes a user who is a participant as far as is known. Completes as {@code ThreadFeed.watch} says.
     *
     * @param properties of the thread, if they were just read
     */
    public Future<Watched> subscribe(Watch watch, @Nullable ThreadProperties properties) {
        boolean raisesInterest = demand.arrived(watch);
        MetadataPoll.adoptProperties(state, context, properties);
        Optional<Watched> known = pending.completeAtOnce(watch, publisher.freshness());
        if (raisesInterest || known.isEmpty()) {
            context.replication().onSubscriberArrived(state.threadId);
        }
        if (known.isPresent()) {
            context.replication().onSubscribersChanged(state.threadId);
            if (raisesInterest) {
                pollSooner();
            } else if (schedule.covered()) {
                // A thread that was idle becomes idle again.
                reschedule();
            }
            return Future.succeededFuture(known.get());
        }
        Future<Watched> watched = pending.add(watch);
        pollSoon();
        return watched;
    }

    public void unsubscribe(String subscriberId) {
        pending.abandon(subscriberId);
        state.subscribers.remove(subscriberId);
        if (!running && (!demand.subscribed() || schedule.covered())) {
            schedule.chooseList();
            publishCoverage(schedule.covered());
            scheduleNext();
        }
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        if (pending.replaceToken(subscriberId, token)) {
            pollSoon();
        }
    }

    @Override
    public void applyRefreshHint(Poke hint) {
        state.refreshHints.add(hint, state);
        state.interval.applyHint(hint, context.scheduler().now());
        urgent = true;
        task.markWritten();
        pollSoon();
    }

    /** The service has pushed that something was written; polls if that is not known yet. */
    public void applyPush(Poke push) {
        publisher.notePush(push);
        if (!state.knows(push, context.scheduler().now())) {
            applyRefreshHint(push);
        }
    }

    @Override
    public void markDirty() {
        state.interval.markHot(context.scheduler().now());
        task.markWritten();
        pollSoon();
    }

    /** The thread list can't be read: the thread is polled by itself again. */
    void uncover() {
        if (schedule.uncover() && !running) {
            publishCoverage(false);
            scheduleNext();
        }
    }

    private void publishCoverage(boolean covered) {
        publisher.publishCoverage(covered).ifPresent(notice -> context.replication()
                .onFreshnessChanged(replica.freshness(notice)));
    }

    /** Shows a typing notification that the service has accepted. It accepts none in a large thread, nor of a non-member. */
    public void applyTyping(TypingIndicator typing) {
        if (state.roster.small() && hasParticipant(typing.senderId())) {
            state.interval.markHot(context.scheduler().now());
            publisher.publishTyping(typing);
            pollSooner();
        }
    }

    /** Shows a typing notification of which the rate limits kept the service from being told. */
    public void applyThrottledTyping(TypingIndicator typing) {
        if (publisher.showsThrottledTyping(typing.senderId())) {
            applyTyping(typing);
        }
    }

    /** Whether a push that says who is writing is news. */
    public boolean isNewTyping(String senderId) {
        return publisher.isNewTyping(senderId);
    }

    @Override
    public void showTyping(TypingIndicator typing) {
        if (hasParticipant(typing.senderId())) {
            publisher.publishTyping(typing);
        }
    }

    @Override
    public void ingest(List<String> contents) {
        publisher.publishIngested(contents);
    }

    public Future<Boolean> sees(String subscriberId, long messageId, long version) {
        Future<Boolean> seen = visibilityChecks.add(subscriberId, messageId, version);
        pollSoon();
        return seen;
    }

    @Override
    public boolean polling() {
        return running && !task.queued();
    }

    @Override
    public Optional<ReplicaState> replicaState() {
        return replica.state();
    }

    @Override
    public boolean apply(ReplicaUpdate update) {
        ReplicaApplier.Outcome outcome = replica.apply(update);
        if (update.deleted() != null) {
            stop();
        } else if (update.resync() || outcome == ReplicaApplier.Outcome.BEHIND) {
            markDirty();
        } else if (outcome == ReplicaApplier.Outcome.AGREED) {
            reschedule();
        }
        // A thread that has ended has no state to compare or to request.
        return update.deleted() != null || outcome != ReplicaApplier.Outcome.DIFFERENT;
    }

    @Override
    public void compare(ReplicaState leader) {
        if (replica.applyState(leader)) {
            state.receiptsWanted = true;
            markDirty();
        } else {
            reschedule();
        }
    }

    @Override
    public void followerActive() {
        state.interval.subscriberArrived(context.scheduler().now());
    }

    @Override
    public long requiredVersion(Poke hint) {
        return state.requiredVersion(hint);
    }

    @Override
    public boolean knows(long messageId, long version) {
        return state.window.versionOf(messageId) >= version;
    }

    @Override
    public boolean busy() {
        return running;
    }

    @Override
    public boolean ended() {
        return ended;
    }

    @Override
    public boolean covered() {
        return schedule.covered();
    }

    @Override
    public boolean degraded() {
        return publisher.freshness().source() == Freshness.Source.DEGRADED;
    }

    @Override
    public long listedAt() {
        return schedule.listedAt();
    }

    @Override
    public long pollStalenessMs() {
        return state.interval.stalenessMs();
    }

    /** Whether the first poll has succeeded. */
    public boolean polled() {
        return state.polled;
    }

    @Override
    public VersionWindow window() {
        return state.window;
    }

    @Override
    public long reach() {
        return state.reach;
    }

    @Override
    public Optional<PollSubscriber> nextReader(Predicate<PollSubscriber> fits) {
        return state.subscribers.next(
                state.roster, state.neededReach(), context.scheduler().now(), fits);
    }

    @Override
    public boolean hasReaderSince(long from) {
        return state.subscribers.hasReaderSince(
                state.roster, from, context.scheduler().now());
    }

    @Override
    public <T> Future<T> callBetweenPolls(Supplier<Future<T>> call) {
        return task.callBetweenPolls(call);
    }

    @Override
    public void publishResync(Resync.Cause cause) {
        publisher.publishResync(cause);
    }

    public void stop() {
        if (!ended) {
            ended = true;
            next.cancel();
            schedule.leaveList();
            publisher.close();
            pending.failAll(PollFailures.stopped());
            visibilityChecks.failAll(PollFailures.stopped());
            registry.ended(state.threadId);
        }
    }

    @Override
    public void reschedule() {
        if (!running && !ended) {
            scheduleNext();
        }
    }

    void due() {
        next.in(0);
    }

    /** Brings the next poll forward if the thread became hot since. Never puts it off, however many subscribers arrive. */
    private void pollSooner() {
        if (!running && !ended && next.laterThan(context.config().hotMs())) {
            next.within(schedule.delayMs(false));
        }
    }

    /** Polls as soon as the service allows; after the present poll if there is one. */
    private void pollSoon() {
        if (task.queued()) {
            task.request(!pending.isEmpty());
        } else if (running) {
            again = true;
        } else {
            next.in(Math.max(0, state.interval.heldUntil() - context.scheduler().now()));
        }
    }

    private void requestPoll() {
        long now = context.scheduler().now();
        pending.failExpired(now);
        if (ended || now < state.interval.heldUntil() || !demand.polled(now)) {
            scheduleNext();
            return;
        }
        running = true;
        requestedAt = now;
        task.request(!pending.isEmpty());
    }

    /** One poll, for the subscribers that are pending as it begins. */
    private record Poll(PollCycle cycle, List<PendingSubscription> served, long startedAt) {}

    private void poll() {
        if (ended) {
            context.limiter().leave();
            return;
        }
        again = false;
        long now = context.scheduler().now();
        Priority priority = !pending.isEmpty() ? Priority.HISTORY : urgent ? Priority.POKE : Priority.POLL;
        Poll poll = new Poll(new PollCycle(state, context, priority), pending.all(), now);
        urgent = false;
        PollTrace trace = new PollTrace(state, context);
        trace.run(() -> poll.cycle.run(poll.served, visibilityChecks)).onComplete(done -> {
            context.limiter().leave();
            PollResult result = poll.cycle.result();
            trace.end(result, context.scheduler().now() - now);
            finish(poll, result);
        });
    }

    private void finish(Poll poll, PollResult result) {
        running = false;
        if (ended) {
            return;
        }
        schedule.update(result, poll.startedAt, requestedAt);
        appendToRing(result);
        List<Notice> published = publisher.publish(result, schedule.covered());
        replicate(result, published);
        completePending(poll, result);
        if (!result.deleted()) {
            scheduleNext();
            context.replication().onPollFinished(state.threadId);
        }
    }

    private void appendToRing(PollResult result) {
        long now = context.scheduler().now();
        state.appendToRing(result, !context.listOrder().doubted(state.threadId, now), context.metrics(), now);
    }

    private void replicate(PollResult result, List<Notice> published) {
        boolean canPoll = state.subscribers.hasUsableToken(context.scheduler().now());
        context.replication().onPolled(state.threadId, canPoll, () -> replica.update(result, published));
    }

    /** Answers the subscribers that the poll served; ends the thread if it was deleted. */
    private void completePending(Poll poll, PollResult result) {
        state.subscribers.removeUsers(state.subscribers.nonMembers(state.roster));
        if (result.deleted()) {
            pending.failAll(PollFailures.deleted());
            stop();
            return;
        }
        result.added().forEach(userId -> context.refusals().forget(userId, state.threadId));
        admitParticipants();
        pending.complete(poll.cycle, result, poll.served, publisher.freshness());
        context.replication().onSubscribersChanged(state.threadId);
    }

    /** Subscribers whose membership is being checked and who are participants subscribe now; one poll serves all of them. */
    private void admitParticipants() {
        boolean before = running;
        running = true;
        registry.rosterRead(state.threadId, state.roster);
        running = before;
    }

    private void scheduleNext() {
        long now = context.scheduler().now();
        if (ended || !demand.polled(now)) {
            stop();
            return;
        }
        long delayMs = schedule.delayMs(again);
        ThreadListPoller keeper = running || again ? null : schedule.idleList(publisher);
        if (keeper == null) {
            next.in(delayMs);
        } else {
            next.cancel();
            ended = true;
            registry.idle(new IdleThread(state, keeper, schedule.listedAt(), registry, context.scheduler(), delayMs));
        }
    }
}
