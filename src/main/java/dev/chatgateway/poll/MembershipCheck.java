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

/** One question to the service whether a user is a participant of a thread, and the subscribers that wait for it. */
final class MembershipCheck {
    final Key key;
    /** Runs while the check waits for another check of the thread, or for the service to allow the call. */
    Scheduler.@Nullable Timer timer;

    boolean running;
    boolean queued;
    private final List<Wish> wishes = new ArrayList<>(1);

    MembershipCheck(Key key) {
        this.key = key;
    }

    record Key(String userId, String threadId) {}

    /**
     * A user may subscribe.
     *
     * @param properties of the thread, if the service was asked for them
     */
    record Admitted(Watch watch, @Nullable ThreadProperties properties) {}

    /** One subscriber that waits. */
    static final class Wish {
        final MembershipCheck check;
        final Promise<Admitted> promise = Promise.promise();
        private Watch watch;
        private final long deadline;
        private ChatServiceException reason = PollFailures.timeout();

        Wish(MembershipCheck check, Watch watch, long deadline) {
            this.check = check;
            this.watch = watch;
            this.deadline = deadline;
        }

        Watch watch() {
            return watch;
        }

        /** Fails it with what kept it waiting. */
        void giveUp() {
            promise.tryFail(reason);
        }

        void token(UserToken token) {
            watch = new Watch(watch.threadId(), watch.subscriberId(), token, watch.groups(), watch.since());
        }
    }

    void add(Wish wish) {
        wishes.add(wish);
    }

    void remove(Wish wish) {
        wishes.remove(wish);
    }

    boolean wanted() {
        return !wishes.isEmpty();
    }

    List<Wish> wishes() {
        return List.copyOf(wishes);
    }

    /** The token of the subscriber that arrived last. */
    UserToken token() {
        return wishes.get(wishes.size() - 1).watch.token();
    }

    /** Notes why the call was not made; fails the subscribers whose time ends before the next attempt. */
    void hindered(ChatServiceException why, long nextAttempt) {
        for (Wish wish : wishes()) {
            wish.reason = why;
            if (wish.deadline <= nextAttempt) {
                wish.giveUp();
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
