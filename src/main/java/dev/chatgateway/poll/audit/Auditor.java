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
 * Checks the poller in operation. At intervals it lists a thread chosen at random once more, at the lowest priority,
 * and compares the listing with the published updates. Missed states are counted and repaired. Used on the poller's
 * context.
 */
public final class Auditor {
    /** Most audits at the same time. */
    private static final int MAX_OPEN = 8;

    private final PollContext context;
    private final ThreadTable<WatchedThread> threads;
    private final Map<String, Audit> open;
    private Scheduler.@Nullable Timer timer;

    /**
     * @param threads all watched threads of this node
     * @param open audits that are running, by thread id; shared with {@link #watched}
     */
    public Auditor(PollContext context, ThreadTable<WatchedThread> threads, Map<String, Audit> open) {
        this.context = context;
        this.threads = threads;
        this.open = open;
    }

    /** The context with an output that passes each published update to the audit of its thread as well. */
    public static PollContext watched(PollContext context, Map<String, Audit> open) {
        return context.out(update -> {
            context.out().accept(update);
            record(update, open);
        });
    }

    private static void record(ThreadUpdate update, Map<String, Audit> open) {
        Audit audit = open.get(update.threadId());
        if (audit != null) {
            audit.published(update);
        }
    }

    /** Starts the timer, if it is not running, as there is a watched thread. */
    public void began() {
        if (timer == null && context.config().auditSeconds() > 0) {
            timer = context.scheduler().schedule(context.config().auditSeconds() * 1000L, this::next);
        }
    }

    /** Ends the audit of a thread that is no longer watched. */
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
        if (open.size() < MAX_OPEN) {
            pick().ifPresent(this::begin);
        } else {
            context.metrics().limitHit("poll.audits");
        }
        began();
    }

    private void begin(ThreadPoller thread) {
        String threadId = thread.threadId();
        open.put(threadId, new Audit(thread, context, outcome -> {
            open.remove(threadId);
            context.metrics().polls().audit(outcome.name().toLowerCase(Locale.ROOT));
        }));
    }

    private Optional<ThreadPoller> pick() {
        if (threads.isEmpty()) {
            return Optional.empty();
        }
        // An idle thread is turned into a polled one for its audit. This does not make it poll more often.
        return threads.values().stream()
                .skip(context.random().nextInt(threads.size()))
                .findFirst()
                .filter(t -> !open.containsKey(t.threadId()))
                .filter(t -> !context.replication().isFollower(t.threadId()))
                .map(WatchedThread::awake)
                .filter(t -> t.polled());
    }
}
