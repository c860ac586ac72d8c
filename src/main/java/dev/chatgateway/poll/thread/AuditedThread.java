package dev.chatgateway.poll.thread;

import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.diff.VersionWindow;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A thread as its audit uses it: what is known of it, and what is done when something is missing. Poller's context. */
public interface AuditedThread {
    String threadId();

    /** Whether a poll is under way or waits for its turn. */
    boolean busy();

    /** Whether the thread is polled no more. */
    boolean ended();

    /** Whether a thread list shows its new messages. */
    boolean covered();

    /** Whether subscribers were told that events are late. */
    boolean degraded();

    /** When the last full listing of the thread's messages began, epoch milliseconds. */
    long listedAt();

    /** How old a change may be before a poll finds it, when all is well, in milliseconds. */
    long pollStalenessMs();

    /** What the poller compares listings with; for reading only. */
    VersionWindow window();

    /** From when on messages are known, epoch milliseconds. */
    long reach();

    /** The next subscriber in turn that fits and whose token may be used now; one that sees most of the history. */
    Optional<PollSubscriber> nextReader(Predicate<PollSubscriber> fits);

    /** Whether a subscriber with a usable token sees messages from that time on, epoch milliseconds. */
    boolean hasReaderSince(long from);

    /** Makes a call of the audit; a poll whose turn comes meanwhile waits for its end. */
    <T> Future<T> callBetweenPolls(Supplier<Future<T>> call);

    /** Polls until the write that the hint names is seen. */
    void applyRefreshHint(Poke hint);

    /** Tells all subscribers to take fresh state. */
    void publishResync(Resync.Cause cause);
}
