package dev.chatgateway.poll;

import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One call that checks whether a user is a participant of a thread, and the subscribers that wait for it. */
final class MembershipCheck {
    final Key key;
    /** Runs while the check waits for another check of the thread, or until the service allows the call. */
    Scheduler.@Nullable Timer timer;

    boolean running;
    boolean queued;
    private final List<Waiting> waiting = new ArrayList<>(1);

    MembershipCheck(Key key) {
        this.key = key;
    }

    record Key(String userId, String threadId) {}

    /**
     * A user may subscribe.
     *
     * @param properties of the thread, if the check has read them
     */
    record Admitted(Watch watch, @Nullable ThreadProperties properties) {}

    /** One subscriber that waits. */
    static final class Waiting {
        final MembershipCheck check;
        final Promise<Admitted> promise = Promise.promise();
        private Watch watch;
        private final long deadline;
        private ChatServiceException reason = PollFailures.timeout();

        Waiting(MembershipCheck check, Watch watch, long deadline) {
            this.check = check;
            this.watch = watch;
            this.deadline = deadline;
        }

        Watch watch() {
            return watch;
        }

        /** Fails with what delayed the check. */
        void expire() {
            promise.tryFail(reason);
        }

        void replaceToken(UserToken token) {
            watch = new Watch(
                    watch.threadId(), watch.subscriberId(), token, watch.groups(), watch.include(), watch.since());
        }
    }

    void add(Waiting subscriber) {
        waiting.add(subscriber);
    }

    void remove(Waiting subscriber) {
        waiting.remove(subscriber);
    }

    boolean hasSubscribers() {
        return !waiting.isEmpty();
    }

    List<Waiting> waiting() {
        return List.copyOf(waiting);
    }

    /** The token of the subscriber that arrived last. */
    UserToken token() {
        return waiting.get(waiting.size() - 1).watch.token();
    }

    /** Notes why the call failed or was not made; fails the subscribers whose time ends before the next attempt. */
    void delay(ChatServiceException why, long nextAttempt) {
        for (Waiting subscriber : waiting()) {
            subscriber.reason = why;
            if (subscriber.deadline <= nextAttempt) {
                subscriber.expire();
            }
        }
    }

    void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
