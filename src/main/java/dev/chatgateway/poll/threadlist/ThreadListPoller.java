package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter.Urgency;
import dev.chatgateway.poll.schedule.PollInterval;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadTable;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Polls one user's thread list. It detects new messages in the user's idle threads, so that these need few polls of
 * their own, and supplies the user's inbox. It polls while there are enough idle threads, or an inbox subscriber, with
 * any token of the user that the service accepts. Polls of one list never overlap. Used on the poller's context.
 */
public final class ThreadListPoller {
    /** After this many failures in a row the list is unreliable: its threads poll at their own intervals again. */
    private static final int UNRELIABLE_FAILURES = 2;

    /** A token that the service refused is not used for this long. */
    private static final long REFUSED_TOKEN_MS = 60_000;

    private final String userId;
    private final PollContext context;
    private final PollInterval interval;
    private final ThreadListState state = new ThreadListState();
    private final InboxPublisher inboxPublisher;
    private final ThreadTable<ListedThread> idleThreads = new ThreadTable<>(ListedThread::threadId);
    private final InboxSubscribers inboxSubscribers;
    /** Refused tokens, and until when they are not used. */
    private final Map<UserToken, Long> refusedTokens = new HashMap<>();

    private final Runnable onEnd;
    private Scheduler.@Nullable Timer timer;
    /** Whether a poll is under way or waits for its slot. */
    private boolean running;
    /** When the last poll began. */
    private long startedAt;

    private boolean stopped;

    /** @param onEnd called when there are no idle threads and no inbox subscribers left; may be called again */
    ThreadListPoller(String userId, PollContext context, Runnable onEnd) {
        this.userId = userId;
        this.context = context;
        this.onEnd = onEnd;
        interval = new PollInterval(context.settings(), context.random());
        inboxPublisher = new InboxPublisher(userId, context);
        inboxSubscribers = new InboxSubscribers(context);
    }

    /**
     * Adds an idle thread.
     *
     * @param listedAt when the last full poll of the thread began
     * @return whether the list has shown, or will show, every message that was sent after that
     */
    public boolean addThread(ListedThread thread, long listedAt) {
        replaceThread(thread);
        scheduleFirstPoll(false);
        return reliable() && state.covers(thread.threadId(), listedAt);
    }

    /** Adds the thread, or replaces the object with its id, as a thread changes between polled and idle form. */
    public void replaceThread(ListedThread thread) {
        idleThreads.put(thread);
    }

    public void removeThread(String threadId) {
        idleThreads.remove(threadId);
        endIfUnused();
    }

    String userId() {
        return userId;
    }

    /** When the last poll of the list began, if it had the thread; else 0. */
    long listedAt(String threadId) {
        return state.listedAt(threadId);
    }

    /** Number of idle threads. */
    int size() {
        return idleThreads.size();
    }

    /** Adds an inbox subscriber. Completes at once if the list is current, else with the next poll. */
    Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        boolean current = reliable() && state.listings() > 0;
        Future<InboxState> inbox =
                inboxSubscribers.add(subscriberId, token, current ? Optional.of(inboxState()) : Optional.empty());
        if (!current) {
            scheduleFirstPoll(true);
        }
        return inbox;
    }

    void unwatchInbox(String subscriberId) {
        inboxSubscribers.remove(subscriberId);
        endIfUnused();
    }

    void replaceToken(String subscriberId, UserToken token) {
        inboxSubscribers.replaceToken(subscriberId, token);
    }

    /** Publishes to the inbox that a thread was written to through the gateway, before the list shows it. */
    void publishWrite(String threadId) {
        if (!inboxSubscribers.isEmpty() && state.contains(threadId)) {
            inboxPublisher.publishUpdated(threadId, state);
        }
    }

    /** Stops polling for good. A poll that is under way has no effect. */
    void stop() {
        stopped = true;
        cancelTimer();
        inboxSubscribers.failPending(PollFailures.stopped());
    }

    private boolean needed() {
        return !inboxSubscribers.isEmpty()
                || idleThreads.size()
                        >= (state.listings() > 0 ? 1 : context.config().digestThreads());
    }

    private boolean reliable() {
        return state.listings() > 0 && interval.failures() < UNRELIABLE_FAILURES;
    }

    private void endIfUnused() {
        if (!running && !needed()) {
            cancelTimer();
            state.clear();
            if (idleThreads.isEmpty()) {
                onEnd.run();
            }
        }
    }

    /** Without a pending subscriber the first poll comes at a random time within the interval, so that users spread. */
    private void scheduleFirstPoll(boolean atOnce) {
        if (stopped || running || !needed() || (timer != null && !atOnce)) {
            return;
        }
        long spread = atOnce ? 0 : context.random().nextLong(context.config().digestMs());
        schedule(Math.max(spread, interval.heldUntil() - context.scheduler().now()));
    }

    private void schedule(long delayMs) {
        cancelTimer();
        timer = context.scheduler().schedule(Math.max(1, delayMs), this::pollIfPossible);
    }

    /** Starts a poll if there is a usable token, quota for a call, and somebody who needs the list. */
    private void pollIfPossible() {
        timer = null;
        if (!needed()) {
            endIfUnused();
            return;
        }
        Optional<UserToken> token = usableToken(context.scheduler().now());
        if (token.isEmpty()) {
            uncoverThreads();
            schedule(context.config().coldMs());
            return;
        }
        boolean awaited = inboxSubscribers.hasPending();
        Priority priority = awaited ? Priority.HISTORY : Priority.POLL;
        long quotaWaitMs = context.listing().threadsEarliestMs(token.get(), priority);
        if (quotaWaitMs > 0 && !awaited) {
            context.metrics().polls().skipped();
            schedule(quotaWaitMs);
            return;
        }
        running = true;
        context.limiter().enter(Urgency.of(false, awaited), () -> poll(token.get(), priority));
    }

    private void poll(UserToken token, Priority priority) {
        if (stopped) {
            context.limiter().leave();
            return;
        }
        startedAt = context.scheduler().now();
        Span span = context.tracer().spanBuilder("digest").setNoParent().startSpan();
        Context traced = Context.root().with(span);
        traced.wrapSupplier(() -> new ListReader(context, token, priority).list())
                .get()
                .onComplete(result -> {
                    Tracing.end(span, result.succeeded() ? "" : "error");
                    running = false;
                    context.limiter().leave();
                    if (stopped) {
                        return;
                    }
                    boolean tryOtherToken = false;
                    if (result.succeeded()) {
                        applyListing(result.result(), token);
                    } else {
                        ChatServiceException why = PollFailures.of(result.cause());
                        tryOtherToken = noteRefusal(token, why);
                        if (!tryOtherToken) {
                            applyFailure(why);
                        }
                    }
                    context.metrics()
                            .polls()
                            .threadListPolled(
                                    result.succeeded(), context.scheduler().now());
                    if (needed()) {
                        schedule(tryOtherToken ? 1 : nextDelayMs());
                    } else {
                        endIfUnused();
                    }
                });
    }

    private void applyListing(ListReader.Result listing, UserToken token) {
        long now = context.scheduler().now();
        interval.pollSucceeded(now - startedAt);
        context.breaker().recordSuccess(startedAt);
        ThreadListState.Changes changes = state.apply(listing, startedAt, now);
        changes.toPoll().forEach(this::pollThread);
        if (!inboxSubscribers.isEmpty()) {
            inboxPublisher.publish(changes, token, state);
        }
        inboxSubscribers.completePending(this::inboxState);
    }

    /** Stops the use of a token that the service refused; returns whether the user has another one to try. */
    private boolean noteRefusal(UserToken token, ChatServiceException why) {
        if (!PollFailures.refusesUser(why)) {
            return false;
        }
        long now = context.scheduler().now();
        context.breaker().recordRefusal(userId, now);
        refusedTokens.put(token, now + REFUSED_TOKEN_MS);
        return usableToken(now).isPresent();
    }

    /**
     * Pending inbox subscribers fail if the failure is final. Else they wait for a later poll, up to their deadline.
     */
    private void applyFailure(ChatServiceException why) {
        long now = context.scheduler().now();
        interval.pollEnded(why, now, now - startedAt);
        if (!why.retryable()) {
            inboxSubscribers.failPending(why);
        }
        if (!reliable()) {
            uncoverThreads();
        }
    }

    private void uncoverThreads() {
        idleThreads.values().forEach(ListedThread::listLost);
    }

    private void pollThread(String threadId) {
        ListedThread thread = idleThreads.get(threadId);
        if (thread != null) {
            thread.listChanged();
        }
    }

    private long nextDelayMs() {
        long mean = context.config().digestMs();
        long randomized = mean + context.random().nextLong(-mean / 4, mean / 4 + 1);
        long now = context.scheduler().now();
        return Math.max(Math.max(randomized, (now - startedAt) * 2), interval.heldUntil() - now);
    }

    /**
     * Any usable token of the user. The service counts these calls per user, so a rotation of tokens would gain
     * nothing.
     */
    private Optional<UserToken> usableToken(long now) {
        refusedTokens.values().removeIf(until -> until <= now);
        Set<UserToken> examined = new HashSet<>();
        return Stream.concat(
                        inboxSubscribers.tokens(),
                        idleThreads.values().stream().flatMap(thread -> thread.tokens(userId)))
                .filter(examined::add)
                .filter(token -> token.expiresOn().toEpochMilli() > now && !refusedTokens.containsKey(token))
                .findFirst();
    }

    private InboxState inboxState() {
        long mean = context.config().digestMs();
        Freshness.Source source = reliable() ? Freshness.Source.DIGEST : Freshness.Source.DEGRADED;
        return new InboxState(
                context.revisions().last(),
                state.position(),
                state.inboxEntries(),
                new Freshness(source, staleness(mean)));
    }

    /** Highest age of a new message in an idle thread when the list shows it, in milliseconds, if no poll fails. */
    public static long staleness(long intervalMs) {
        return intervalMs * 3 / 2;
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
