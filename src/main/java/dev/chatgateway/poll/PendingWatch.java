package dev.chatgateway.poll;

import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Promise;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A subscriber who waits for its proof and for a reading made after it asked. */
final class PendingWatch {
    /** How long a subscriber waits at most, in milliseconds. */
    static final long LIMIT_MS = 10_000;

    private final Watcher watcher;
    private final @Nullable Position since;
    private final long deadline;
    private final Promise<Watched> promise = Promise.promise();
    private ChatServiceException reason = Failures.late();
    private boolean proven;

    PendingWatch(Watch watch, long deadline) {
        watcher = new Watcher(watch);
        since = watch.since();
        this.deadline = deadline;
    }

    Watcher watcher() {
        return watcher;
    }

    /** Where it stopped, if it wants to go on from there. */
    Optional<Position> since() {
        return Optional.ofNullable(since);
    }

    long deadline() {
        return deadline;
    }

    Promise<Watched> promise() {
        return promise;
    }

    boolean proven() {
        return proven;
    }

    /** Whether no proof is needed any more: proven, refused or given up. */
    boolean settled() {
        return proven || promise.future().isComplete();
    }

    void prove() {
        proven = true;
    }

    /** Remembers why it still waits, for the answer if it waits too long. */
    void hindered(ChatServiceException why) {
        reason = why;
    }

    /** Fails it if it has waited too long. */
    boolean expired(long now) {
        if (now < deadline) {
            return false;
        }
        promise.tryFail(reason);
        return true;
    }
}
