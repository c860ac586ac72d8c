package dev.chatgateway.poll.access;

import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Promise;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A subscription that waits for its membership proof and for a poll that begins after the proof. Used on the poller's
 * context.
 */
public final class PendingSubscription {
    /** Longest wait, in milliseconds. */
    public static final long MAX_WAIT_MS = 10_000;

    private final PollSubscriber subscriber;
    private final @Nullable Position resumeFrom;
    private final long deadline;
    private final Promise<Watched> promise = Promise.promise();
    private ChatServiceException lastFailure = PollFailures.timeout();
    private boolean proven;

    /** @param deadline epoch milliseconds */
    public PendingSubscription(Watch watch, long deadline) {
        subscriber = new PollSubscriber(watch);
        resumeFrom = watch.since();
        this.deadline = deadline;
    }

    public PollSubscriber subscriber() {
        return subscriber;
    }

    /** The position that the client resumes from; empty for a subscription that begins anew. */
    public Optional<Position> resumeFrom() {
        return Optional.ofNullable(resumeFrom);
    }

    /** Epoch milliseconds. */
    public long deadline() {
        return deadline;
    }

    public Promise<Watched> promise() {
        return promise;
    }

    public boolean proven() {
        return proven;
    }

    /**
     * Whether no membership proof is needed any more: it succeeded, or the subscription has failed or was abandoned.
     */
    public boolean decided() {
        return proven || promise.future().isComplete();
    }

    public void markProven() {
        proven = true;
    }

    /** Remembers a failure that may pass; the subscription fails with it at its deadline. */
    public void noteFailure(ChatServiceException why) {
        lastFailure = why;
    }

    /** Fails the subscription if its deadline has passed; returns whether it has. */
    public boolean failIfExpired(long now) {
        if (now < deadline) {
            return false;
        }
        promise.tryFail(lastFailure);
        return true;
    }
}
