package dev.chatgateway.poll.access;

import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Promise;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A subscriber who waits for its proof and for a reading made after it asked. */
public final class PendingSubscription {
    /** How long a subscriber waits at most, in milliseconds. */
    public static final long LIMIT_MS = 10_000;

    private final PollSubscriber watcher;
    private final @Nullable Position since;
    private final long deadline;
    private final Promise<Watched> promise = Promise.promise();
    private ChatServiceException reason = PollFailures.late();
    private boolean proven;

    public PendingSubscription(Watch watch, long deadline) {
        watcher = new PollSubscriber(watch);
        since = watch.since();
        this.deadline = deadline;
    }

    public PollSubscriber watcher() {
        return watcher;
    }

    /** Where it stopped, if it wants to go on from there. */
    public Optional<Position> since() {
        return Optional.ofNullable(since);
    }

    public long deadline() {
        return deadline;
    }

    public Promise<Watched> promise() {
        return promise;
    }

    public boolean proven() {
        return proven;
    }

    /** Whether no proof is needed any more: proven, refused or given up. */
    public boolean settled() {
        return proven || promise.future().isComplete();
    }

    public void prove() {
        proven = true;
    }

    /** Remembers why it still waits, for the answer if it waits too long. */
    public void hindered(ChatServiceException why) {
        reason = why;
    }

    /** Fails it if it has waited too long. */
    public boolean expired(long now) {
        if (now < deadline) {
            return false;
        }
        promise.tryFail(reason);
        return true;
    }
}
