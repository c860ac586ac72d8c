package dev.chatgateway.poll.audit;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.source.MessageLister;
import dev.chatgateway.poll.source.ThreadSource;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.thread.AuditedThread;
import dev.chatgateway.poll.threadlist.ThreadListPoller;
import dev.chatgateway.upstream.Priority;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit of one thread: a record of what goes out for a while, then a listing in slices of one page, from the newest
 * change to the oldest, with a pause after each. What a slice lists and has not gone out after two intervals is missed,
 * unless subscribers were told that events are late. Deeper slices hold only what was there before the record began, if
 * the service lists by version: anything newer there is a violation of the order. Lives on the poller's context.
 */
public final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    private static final int PAGE = MessageLister.LARGEST_PAGE;
    /** A thread of 50,000 messages; of a longer one the oldest are not audited. */
    private static final int MOST_SLICES = 250;

    private static final int INTERVALS = 2;

    private static final long SOON_MS = 1_000;
    /** How long a reading under way, or one that is due, may put the verdict off. */
    private static final long PATIENCE_MS = 10 * 60_000;
    /** An audit that can't come to an end, as the service is away, ends all the same. */
    private static final long LIFE_MS = 60 * 60_000;

    private final AuditedThread thread;
    private final PollContext env;
    private final AuditRecord record;
    private final Consumer<Outcome> onEnd;
    private final long dieAt;
    private Scheduler.@Nullable Timer timer;
    private List<ChatMessage> open = List.of();
    private long answeredAt;
    private long due;
    private boolean over;
    private int slices;
    private long lowest = Long.MAX_VALUE;
    private @Nullable String next;
    private @Nullable String reader;

    /** @param onEnd told the outcome, once */
    Audit(AuditedThread thread, PollContext env, Consumer<Outcome> onEnd) {
        this.thread = thread;
        this.env = env;
        this.onEnd = onEnd;
        record = new AuditRecord(thread);
        dieAt = env.scheduler().now() + LIFE_MS;
        pause();
    }

    private void pause() {
        wait(env.config().auditSeconds() * 1000L, this::list);
    }

    /** How it ended. */
    enum Outcome {
        CLEAN,
        MISSED,
        /** Nothing could be judged: the listing failed, or the thread is read no more. */
        VOID
    }

    /** An update of the thread has gone out. */
    void published(ThreadUpdate update) {
        record.take(update);
        if (!open.isEmpty()) {
            open = open.stream().filter(m -> !record.told(m)).toList();
            if (record.broken()) {
                end(Outcome.VOID);
            } else if (open.isEmpty()) {
                clean();
            }
        }
    }

    /** Ends without a verdict. */
    void stop() {
        end(Outcome.VOID);
    }

    private void list() {
        if (thread.busy()) {
            again(SOON_MS, this::list);
            return;
        }
        // A link is used with the token that it was given to: another user's history may begin elsewhere.
        Optional<PollSubscriber> found =
                thread.nextReader(w -> next == null || w.userId().equals(reader));
        if (thread.ended() || record.broken() || found.isEmpty()) {
            end(Outcome.VOID);
            return;
        }
        reader = found.get().userId();
        thread.callBetweenPolls(
                        () -> env.source().messages(found.get().token(), thread.threadId(), PAGE, next, Priority.SWEEP))
                .onFailure(refused -> end(Outcome.VOID))
                .onSuccess(this::compare);
    }

    private void compare(ThreadSource.Page page) {
        slices++;
        next = page.next();
        checkOrder(page.messages());
        open = record.untold(page.messages());
        if (over || record.broken()) {
            end(Outcome.VOID);
            return;
        }
        if (open.isEmpty()) {
            clean();
            return;
        }
        answeredAt = env.scheduler().now();
        due = answeredAt + grace();
        wait(grace(), this::judge);
    }

    /** Nothing of the slice is missing: on to the next one. */
    private void clean() {
        if (next == null || slices >= MOST_SLICES) {
            end(Outcome.CLEAN);
        } else {
            cancelTimer();
            pause();
        }
    }

    private void checkOrder(List<ChatMessage> listed) {
        for (ChatMessage message : listed) {
            if (message.version() > lowest) {
                env.metrics().polls().orderViolated();
                if (env.listOrder().violated(thread.threadId(), env.scheduler().now())) {
                    thread.publishResync(Cause.LIST_ORDER);
                }
                return;
            }
            lowest = message.version();
        }
    }

    /** Two intervals of the slowest way by which the changes could be seen. */
    private long grace() {
        GatewayConfig.Poll config = env.config();
        boolean changed = open.stream().anyMatch(m -> m.version() > m.arrivedAt());
        long poll = thread.pollStalenessMs();
        long further = changed ? config.listSeconds() * 1000L : ThreadListPoller.staleness(config.digestMs());
        return INTERVALS * (poll + further);
    }

    private void judge() {
        long now = env.scheduler().now();
        boolean unread = !thread.covered() && thread.listedAt() < answeredAt;
        boolean waits = thread.busy() || unread || env.limiter().queued() > 0;
        if (thread.ended() || record.broken() || !hasReader()) {
            end(Outcome.VOID);
        } else if (thread.degraded()) {
            again(grace(), this::judge);
        } else if (now < record.freshnessAt() + grace()) {
            again(record.freshnessAt() + grace() - now, this::judge);
        } else if (waits && now < due + PATIENCE_MS) {
            again(SOON_MS, this::judge);
        } else {
            missed();
        }
    }

    /** Those who could have seen all of it; who can't any more can't be told either. */
    private boolean hasReader() {
        return thread.hasReaderSince(
                open.stream().mapToLong(ChatMessage::arrivedAt).min().orElse(0));
    }

    /** Counted, and mended: read by name what the poller does not know; fresh state for all if it only was not told. */
    private void missed() {
        env.metrics().polls().missed(open.size());
        boolean known = false;
        for (ChatMessage message : List.copyOf(open)) {
            LOG.error(
                    "missed: message {} of thread {} in version {} was not told to its subscribers",
                    message.id(),
                    thread.threadId(),
                    message.version());
            known |= thread.window().versionOf(message.arrivedAt()) >= message.version();
            EventGroup part = message.version() > message.arrivedAt() ? EventGroup.EDITS : EventGroup.MESSAGES;
            thread.applyRefreshHint(new Poke(thread.threadId(), message.id(), message.version(), false, Set.of(part)));
        }
        end(Outcome.MISSED);
        if (known) {
            thread.publishResync(Cause.AUDIT);
        }
    }

    private void again(long ms, Runnable step) {
        if (env.scheduler().now() + ms > dieAt) {
            end(Outcome.VOID);
        } else {
            wait(ms, step);
        }
    }

    private void wait(long ms, Runnable step) {
        timer = env.scheduler().schedule(Math.max(1, ms), step);
    }

    private void end(Outcome outcome) {
        if (!over) {
            over = true;
            open = List.of();
            cancelTimer();
            onEnd.accept(outcome);
        }
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
        }
    }
}
