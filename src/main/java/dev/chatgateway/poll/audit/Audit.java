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
 * The audit of one thread. It records the published states for a while. Then it lists the thread in slices of one page,
 * from the newest change to the oldest, with a pause after each slice. A listed state that is not published within two
 * poll intervals is missed, unless the subscribers know that events are late. If the service lists by version, deeper
 * slices hold only states from before the record began: a newer one there violates the order. Used on the poller's
 * context.
 */
public final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    private static final int PAGE = MessageLister.LARGEST_PAGE;
    /** Enough for 50,000 messages. The oldest messages of a longer thread are not audited. */
    private static final int MAX_SLICES = 250;

    /** A state is missed if it is not published within this many poll intervals. */
    private static final int GRACE_INTERVALS = 2;

    private static final long RETRY_MS = 1_000;
    /** How long a poll that is running or due may delay the verdict. */
    private static final long MAX_DELAY_MS = 10 * 60_000;
    /** An audit that has no verdict after this time, as during an outage, ends without one. */
    private static final long MAX_DURATION_MS = 60 * 60_000;

    private final AuditedThread thread;
    private final PollContext context;
    private final AuditRecord record;
    private final Consumer<Outcome> onEnd;
    private final long deadline;
    private Scheduler.@Nullable Timer timer;
    /** States of the present slice that are not published yet. */
    private List<ChatMessage> open = List.of();
    /** When the present slice was listed. */
    private long answeredAt;
    /** When the verdict on it is due. */
    private long due;

    private boolean over;
    /** Number of slices listed. */
    private int slices;
    /** Lowest version listed so far. */
    private long lowest = Long.MAX_VALUE;
    /** Page token of the next slice. */
    private @Nullable String next;
    /** User whose token lists the thread. */
    private @Nullable String reader;

    /** @param onEnd called once with the outcome */
    Audit(AuditedThread thread, PollContext context, Consumer<Outcome> onEnd) {
        this.thread = thread;
        this.context = context;
        this.onEnd = onEnd;
        record = new AuditRecord(thread);
        deadline = context.scheduler().now() + MAX_DURATION_MS;
        pause();
    }

    private void pause() {
        wait(context.config().auditSeconds() * 1000L, this::list);
    }

    enum Outcome {
        CLEAN,
        MISSED,
        /** No verdict: a listing failed, the thread is no longer polled, or the record became invalid. */
        VOID
    }

    /** Records a published update of the thread. */
    void published(ThreadUpdate update) {
        record.add(update);
        if (!open.isEmpty()) {
            open = open.stream().filter(m -> !record.published(m)).toList();
            if (record.broken()) {
                end(Outcome.VOID);
            } else if (open.isEmpty()) {
                clean();
            }
        }
    }

    /** Ends the audit without a verdict. */
    void stop() {
        end(Outcome.VOID);
    }

    private void list() {
        if (thread.busy()) {
            again(RETRY_MS, this::list);
            return;
        }
        // A page token is used with the token of the user it was issued to: another user may see another part of the
        // history.
        Optional<PollSubscriber> found =
                thread.nextReader(w -> next == null || w.userId().equals(reader));
        if (thread.ended() || record.broken() || found.isEmpty()) {
            end(Outcome.VOID);
            return;
        }
        reader = found.get().userId();
        thread.callBetweenPolls(() ->
                        context.source().messages(found.get().token(), thread.threadId(), PAGE, next, Priority.SWEEP))
                .onFailure(refused -> end(Outcome.VOID))
                .onSuccess(this::compare);
    }

    private void compare(ThreadSource.Page page) {
        slices++;
        next = page.next();
        checkOrder(page.messages());
        open = record.unpublished(page.messages());
        if (over || record.broken()) {
            end(Outcome.VOID);
            return;
        }
        if (open.isEmpty()) {
            clean();
            return;
        }
        answeredAt = context.scheduler().now();
        due = answeredAt + grace();
        wait(grace(), this::judge);
    }

    /** Every state of the slice is published: continues with the next slice. */
    private void clean() {
        if (next == null || slices >= MAX_SLICES) {
            end(Outcome.CLEAN);
        } else {
            cancelTimer();
            pause();
        }
    }

    private void checkOrder(List<ChatMessage> listed) {
        for (ChatMessage message : listed) {
            if (message.version() > lowest) {
                context.metrics().polls().orderViolated();
                if (context.listOrder()
                        .recordViolation(thread.threadId(), context.scheduler().now())) {
                    thread.publishResync(Cause.LIST_ORDER);
                }
                return;
            }
            lowest = message.version();
        }
    }

    /**
     * Two intervals of the slowest way by which the open states may be found: a poll, or the thread list and then a
     * poll.
     */
    private long grace() {
        GatewayConfig.Poll config = context.config();
        boolean changed = open.stream().anyMatch(m -> m.version() > m.arrivedAt());
        long poll = thread.pollStalenessMs();
        long further = changed ? config.listSeconds() * 1000L : ThreadListPoller.staleness(config.digestMs());
        return GRACE_INTERVALS * (poll + further);
    }

    private void judge() {
        long now = context.scheduler().now();
        boolean unread = !thread.covered() && thread.listedAt() < answeredAt;
        boolean waits = thread.busy() || unread || context.limiter().queued() > 0;
        if (thread.ended() || record.broken() || !hasReader()) {
            end(Outcome.VOID);
        } else if (thread.degraded()) {
            again(grace(), this::judge);
        } else if (now < record.freshnessAt() + grace()) {
            again(record.freshnessAt() + grace() - now, this::judge);
        } else if (waits && now < due + MAX_DELAY_MS) {
            again(RETRY_MS, this::judge);
        } else {
            missed();
        }
    }

    /** Whether a subscriber sees all open states. Without one they cannot be published any more. */
    private boolean hasReader() {
        return thread.hasReaderSince(
                open.stream().mapToLong(ChatMessage::arrivedAt).min().orElse(0));
    }

    /**
     * Counts and repairs missed states. A refresh hint makes the poller read each state that it does not know. If it
     * knows one, it failed to publish it: then the subscribers resynchronize.
     */
    private void missed() {
        context.metrics().polls().missed(open.size());
        boolean known = false;
        for (ChatMessage message : List.copyOf(open)) {
            LOG.error(
                    "missed: message {} of thread {} in version {} was not published to its subscribers",
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
        if (context.scheduler().now() + ms > deadline) {
            end(Outcome.VOID);
        } else {
            wait(ms, step);
        }
    }

    private void wait(long ms, Runnable step) {
        timer = context.scheduler().schedule(Math.max(1, ms), step);
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
