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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One user's list of threads, read again and again: it watches the user's silent threads for new messages, so that they
 * need no poll each, and the user's inbox. Works while there are enough silent threads or an inbox, with any token of the
 * user that serves. Readings never overlap. Lives on the poller's context.
 */
public final class ThreadListPoller {
    /** A thread that a failing digest has watched is polled again after that many failures in a row. */
    private static final int LATE_FAILURES = 2;

    private static final long TOKEN_REST_MS = 60_000;

    private final String userId;
    private final PollContext env;
    private final PollInterval pace;
    private final ThreadListState state = new ThreadListState();
    private final InboxPublisher news;
    private final ThreadTable<ListedThread> quiet = new ThreadTable<>(ListedThread::threadId);
    private final InboxSubscribers inbox;
    private final Map<UserToken, Long> refused = new HashMap<>();
    private final Runnable onEnd;
    private Scheduler.@Nullable Timer timer;
    private boolean running;
    private long startedAt;

    /** @param onEnd called when the digest has nothing to watch any more; may be called again */
    ThreadListPoller(String userId, PollContext env, Runnable onEnd) {
        this.userId = userId;
        this.env = env;
        this.onEnd = onEnd;
        pace = new PollInterval(env.settings(), env.random());
        news = new InboxPublisher(userId, env);
        inbox = new InboxSubscribers(env);
    }

    /**
     * Takes a silent thread in.
     *
     * @param listedAt when the thread's own last listing began
     * @return whether the digest shows every message that came after that listing
     */
    public boolean offer(ListedThread thread, long listedAt) {
        hold(thread);
        wake(false);
        return reliable() && state.covers(thread.threadId(), listedAt);
    }

    /** Keeps the thread in this form, at work or parked. */
    public void hold(ListedThread thread) {
        quiet.put(thread);
    }

    /** The thread is watched by other means. */
    public void withdraw(String threadId) {
        quiet.remove(threadId);
        endIfIdle();
    }

    String userId() {
        return userId;
    }

    /** Silent threads that were taken in. */
    int size() {
        return quiet.size();
    }

    Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        boolean readable = reliable() && state.readings() > 0;
        Future<InboxState> answer =
                inbox.add(subscriberId, token, readable ? Optional.of(inboxState()) : Optional.empty());
        if (!readable) {
            wake(true);
        }
        return answer;
    }

    void unwatchInbox(String subscriberId) {
        inbox.remove(subscriberId);
        endIfIdle();
    }

    void replaceToken(String subscriberId, UserToken token) {
        inbox.replaceToken(subscriberId, token);
    }

    /** Somebody wrote to a thread through the gateway. */
    void poked(String threadId) {
        if (inbox.anybody() && state.knows(threadId)) {
            news.moved(threadId, state.position());
        }
    }

    void stop() {
        cancelTimer();
        inbox.failAll(PollFailures.stopped());
    }

    private boolean wanted() {
        return inbox.anybody()
                || quiet.size() >= (state.readings() > 0 ? 1 : env.config().digestThreads());
    }

    private boolean reliable() {
        return state.readings() > 0 && pace.failures() < LATE_FAILURES;
    }

    private void endIfIdle() {
        if (!running && !wanted()) {
            cancelTimer();
            state.clear();
            if (quiet.isEmpty()) {
                onEnd.run();
            }
        }
    }

    /** The first reading comes at once for who waits for it, else at a random moment so that users spread. */
    private void wake(boolean now) {
        if (running || !wanted() || (timer != null && !now)) {
            return;
        }
        long spread = now ? 0 : env.random().nextLong(env.config().digestMs());
        start(Math.max(spread, pace.heldUntil() - env.scheduler().now()));
    }

    private void start(long delayMs) {
        cancelTimer();
        timer = env.scheduler().schedule(Math.max(1, delayMs), this::due);
    }

    private void due() {
        timer = null;
        if (!wanted()) {
            endIfIdle();
            return;
        }
        Optional<UserToken> token = token(env.scheduler().now());
        if (token.isEmpty()) {
            release();
            start(env.config().coldMs());
            return;
        }
        Priority priority = inbox.anybodyWaits() ? Priority.HISTORY : Priority.POLL;
        long ledgerMs = env.listing().threadsEarliestMs(token.get(), priority);
        if (ledgerMs > 0 && !inbox.anybodyWaits()) {
            env.metrics().polls().skipped();
            start(ledgerMs);
            return;
        }
        running = true;
        env.limiter().enter(Urgency.of(false, inbox.anybodyWaits()), () -> read(token.get(), priority));
    }

    private void read(UserToken token, Priority priority) {
        startedAt = env.scheduler().now();
        Span span = env.tracer().spanBuilder("digest").setNoParent().startSpan();
        Context traced = Context.root().with(span);
        traced.wrapSupplier(() -> new ListReader(env, token, priority).read())
                .get()
                .onComplete(result -> {
                    Tracing.end(span, result.succeeded() ? "" : "error");
                    running = false;
                    env.limiter().leave();
                    boolean turnedAway = result.failed() && turnedAway(token, PollFailures.of(result.cause()));
                    if (result.succeeded()) {
                        served(result.result());
                    } else if (!turnedAway) {
                        failed(PollFailures.of(result.cause()));
                    }
                    env.metrics()
                            .polls()
                            .threadListPolled(
                                    result.succeeded(), env.scheduler().now());
                    if (wanted()) {
                        start(turnedAway ? 1 : pause());
                    } else {
                        endIfIdle();
                    }
                });
    }

    private void served(ListReader.Reading reading) {
        long now = env.scheduler().now();
        pace.pollSucceeded(now - startedAt);
        env.breaker().served(startedAt);
        ThreadListState.Changes changes = state.take(reading, startedAt, now);
        changes.stirred().forEach(this::stir);
        if (inbox.anybody()) {
            token(now).ifPresent(token -> news.publish(changes, token, state));
        }
        inbox.answer(this::inboxState);
    }

    /** Rests a token that was refused; true if the user has another, which is tried before anybody is told. */
    private boolean turnedAway(UserToken token, ChatServiceException why) {
        if (!PollFailures.refusesUser(why)) {
            return false;
        }
        long now = env.scheduler().now();
        env.breaker().refused(userId, now);
        refused.put(token, now + TOKEN_REST_MS);
        return token(now).isPresent();
    }

    private void failed(ChatServiceException why) {
        long now = env.scheduler().now();
        pace.pollEnded(why, now, now - startedAt);
        inbox.hindered(why);
        if (!reliable()) {
            release();
        }
    }

    /** The silent threads go back to polls of their own until the digest can be read again. */
    private void release() {
        quiet.values().forEach(ListedThread::listLost);
    }

    private void stir(String threadId) {
        ListedThread thread = quiet.get(threadId);
        if (thread != null) {
            thread.listChanged();
        }
    }

    private long pause() {
        long mean = env.config().digestMs();
        long interval = mean + env.random().nextLong(-mean / 4, mean / 4 + 1);
        long now = env.scheduler().now();
        return Math.max(Math.max(interval, (now - startedAt) * 2), pace.heldUntil() - now);
    }

    /** Any token of the user that may be used; the windows are counted per user, so turns would gain nothing. */
    private Optional<UserToken> token(long now) {
        refused.values().removeIf(until -> until <= now);
        Set<UserToken> looked = new HashSet<>();
        return Stream.concat(inbox.tokens(), quiet.values().stream().flatMap(thread -> thread.tokens(userId)))
                .filter(looked::add)
                .filter(token -> token.expiresOn().toEpochMilli() > now && !refused.containsKey(token))
                .findFirst();
    }

    private InboxState inboxState() {
        List<InboxState.Entry> entries = state.entries();
        long mean = env.config().digestMs();
        return new InboxState(
                env.revisions().last(),
                state.position(),
                entries,
                new Freshness(reliable() ? Freshness.Source.DIGEST : Freshness.Source.DEGRADED, staleness(mean)));
    }

    /** How old a new message in a silent thread may be, in milliseconds, when all is well. */
    public static long staleness(long digestMs) {
        return digestMs * 3 / 2;
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
