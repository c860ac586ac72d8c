package dev.chatgateway.poll.audit;

import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadTable;
import dev.chatgateway.poll.thread.ThreadPoller;
import dev.chatgateway.poll.thread.WatchedThread;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges the poller while it works: now and then a thread chosen at random is listed once more, at the lowest priority,
 * and compared with what went out. Whatever it finds is counted and mended. Lives on the poller's context.
 */
public final class Auditor {
    /** Audits at the same time: most end with their listing, some wait for a change that is just being told. */
    private static final int OPEN = 8;

    private final PollContext env;
    private final ThreadTable<WatchedThread> threads;
    private final Map<String, Audit> open;
    private Scheduler.@Nullable Timer timer;

    /**
     * @param threads all that are read now
     * @param open the audits under way, which see all that goes out
     */
    public Auditor(PollContext env, ThreadTable<WatchedThread> threads, Map<String, Audit> open) {
        this.env = env;
        this.threads = threads;
        this.open = open;
    }

    /** The environment with everything that goes out shown to the audits as well. */
    public static PollContext watched(PollContext env, Map<String, Audit> open) {
        return env.out(update -> {
            env.out().accept(update);
            show(update, open);
        });
    }

    private static void show(ThreadUpdate update, Map<String, Audit> open) {
        Audit audit = open.get(update.threadId());
        if (audit != null) {
            audit.published(update);
        }
    }

    /** A thread is read from now on. */
    public void began() {
        if (timer == null && env.config().auditSeconds() > 0) {
            timer = env.scheduler().schedule(env.config().auditSeconds() * 1000L, this::next);
        }
    }

    /** A thread is read no more. */
    public void ended(String threadId) {
        Audit audit = open.get(threadId);
        if (audit != null) {
            audit.stop();
        }
        if (threads.isEmpty()) {
            close();
        }
    }

    public void close() {
        List.copyOf(open.values()).forEach(Audit::stop);
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void next() {
        timer = null;
        if (open.size() < OPEN) {
            pick().ifPresent(this::begin);
        } else {
            env.metrics().limitHit("poll.audits");
        }
        began();
    }

    private void begin(ThreadPoller thread) {
        String threadId = thread.threadId();
        open.put(threadId, new Audit(thread, env, outcome -> {
            open.remove(threadId);
            env.metrics().polls().audit(outcome.name().toLowerCase(Locale.ROOT));
        }));
    }

    private Optional<ThreadPoller> pick() {
        if (threads.isEmpty()) {
            return Optional.empty();
        }
        // One that is parked is brought back for it, which makes it no busier than it was.
        return threads.values().stream()
                .skip(env.random().nextInt(threads.size()))
                .findFirst()
                .filter(t -> !open.containsKey(t.threadId()))
                .filter(t -> !env.replication().isFollower(t.threadId()))
                .map(WatchedThread::awake)
                .filter(t -> t.polled());
    }
}
