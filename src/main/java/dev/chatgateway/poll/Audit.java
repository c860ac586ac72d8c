package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.upstream.Priority;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One look at one thread, by other means than the poller's: a record of what goes out for a while, then a listing, then
 * the wait for what was listed and had not gone out. What has not after two intervals is missed, unless subscribers were
 * told that events are late. Lives on the poller's context.
 */
final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
    private static final int PAGE = TailReader.LARGEST_PAGE;
    private static final int INTERVALS = 2;

    private static final long SOON_MS = 1_000;
    /** How long a reading under way, or one that is due, may put the verdict off. */
    private static final long PATIENCE_MS = 10 * 60_000;
    /** An audit that can't come to an end, as the service is away, ends all the same. */
    private static final long LIFE_MS = 60 * 60_000;

    private final ThreadPoller thread;
    private final PollEnvironment env;
    private final AuditRecord record;
    private final Consumer<Outcome> onEnd;
    private final long dieAt;
    private Ticker.@Nullable Timer timer;
    private List<ChatMessage> open = List.of();
    private long answeredAt;
    private long due;
    private boolean over;

    /** @param onEnd told the outcome, once */
    Audit(ThreadPoller thread, PollEnvironment env, Consumer<Outcome> onEnd) {
        this.thread = thread;
        this.env = env;
        this.onEnd = onEnd;
        record = new AuditRecord(thread.audited().state().window);
        dieAt = env.ticker().now() + LIFE_MS;
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
            if (open.isEmpty() || record.broken()) {
                end(record.broken() ? Outcome.VOID : Outcome.CLEAN);
            }
        }
    }

    /** Ends without a verdict. */
    void stop() {
        end(Outcome.VOID);
    }

    private void list() {
        Audited now = thread.audited();
        ThreadState state = now.state();
        if (now.busy()) {
            again(SOON_MS, this::list);
            return;
        }
        Optional<Watcher> reader = state.watchers.next(
                state.roster, state.window.lowerBound(), env.ticker().now(), w -> true);
        if (now.ended() || record.broken() || reader.isEmpty()) {
            end(Outcome.VOID);
            return;
        }
        now.turn()
                .aside(() -> env.source().messages(reader.get().token(), state.threadId, PAGE, null, Priority.SWEEP))
                .onFailure(refused -> end(Outcome.VOID))
                .onSuccess(page -> compare(page.messages()));
    }

    private void compare(List<ChatMessage> listed) {
        open = record.untold(listed);
        if (over || open.isEmpty() || record.broken()) {
            end(record.broken() ? Outcome.VOID : Outcome.CLEAN);
            return;
        }
        answeredAt = env.ticker().now();
        due = answeredAt + grace();
        wait(grace(), this::judge);
    }

    /** Two intervals of the slowest way by which the changes could be seen. */
    private long grace() {
        GatewayConfig.Poll config = env.config();
        boolean changed = open.stream().anyMatch(m -> m.version() > m.arrivedAt());
        long poll = thread.audited().state().pace.staleness();
        long further =
                changed ? (config.windowSeconds() + config.listSeconds()) * 1000L : Digest.staleness(config.digestMs());
        return INTERVALS * (poll + further);
    }

    private void judge() {
        Audited thread = this.thread.audited();
        long now = env.ticker().now();
        boolean unread = !thread.covered() && thread.listedAt() < answeredAt;
        boolean waits = thread.busy() || unread || env.slots().queued() > 0;
        if (thread.ended() || record.broken() || readers(thread, now).isEmpty()) {
            end(Outcome.VOID);
        } else if (thread.late()) {
            again(grace(), this::judge);
        } else if (now < record.freshnessAt() + grace()) {
            again(record.freshnessAt() + grace() - now, this::judge);
        } else if (waits && now < due + PATIENCE_MS) {
            again(SOON_MS, this::judge);
        } else {
            missed(thread);
        }
    }

    /** Those who could have seen all of it; who can't any more can't be told either. */
    private Optional<Watcher> readers(Audited thread, long now) {
        ThreadState state = thread.state();
        long oldest = open.stream().mapToLong(ChatMessage::arrivedAt).min().orElse(0);
        return state.watchers.all().stream()
                .filter(w -> !state.watchers.paused(w.userId())
                        && w.token().expiresOn().toEpochMilli() > now)
                .filter(w -> Floors.of(state.roster, w.userId()) <= oldest)
                .findFirst();
    }

    /** Counted, and mended: read by name what the poller does not know; fresh state for all if it only was not told. */
    private void missed(Audited found) {
        env.metrics().polls().missed(open.size());
        boolean known = false;
        for (ChatMessage message : List.copyOf(open)) {
            LOG.error(
                    "missed: message {} of thread {} in version {} was not told to its subscribers",
                    message.id(),
                    thread.threadId(),
                    message.version());
            known |= found.state().window.versionOf(message.arrivedAt()) >= message.version();
            EventGroup part = message.version() > message.arrivedAt() ? EventGroup.EDITS : EventGroup.MESSAGES;
            thread.poke(new Poke(thread.threadId(), message.id(), message.version(), false, Set.of(part)));
        }
        end(Outcome.MISSED);
        if (known) {
            found.announcer().untold();
        }
    }

    private void again(long ms, Runnable step) {
        if (env.ticker().now() + ms > dieAt) {
            end(Outcome.VOID);
        } else {
            wait(ms, step);
        }
    }

    private void wait(long ms, Runnable step) {
        timer = env.ticker().schedule(Math.max(1, ms), step);
    }

    private void end(Outcome outcome) {
        if (!over) {
            over = true;
            open = List.of();
            if (timer != null) {
                timer.cancel();
            }
            onEnd.accept(outcome);
        }
    }
}
