package dev.chatgateway.fanout.inbox;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.Subscriber;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One connection's watch of its user's inbox. While it may not be served (not answered yet, or its token has expired) the
 * newest notification of each thread is kept, so what is kept is bounded by the user's threads.
 */
final class InboxSubscription {
    private final Subscriber subscriber;
    private final Map<String, Held> held = new LinkedHashMap<>();
    private UserToken token;
    private boolean answered;
    private boolean paused;

    InboxSubscription(Subscriber subscriber, UserToken token) {
        this.subscriber = subscriber;
        this.token = token;
    }

    private record Held(Frame frame, long revision) {}

    Subscriber subscriber() {
        return subscriber;
    }

    UserToken token() {
        return token;
    }

    boolean answered() {
        return answered;
    }

    /** Whether the token may be used and the connection be served. */
    boolean live() {
        return !paused;
    }

    /** @param revision of the update that the notification comes from */
    void deliver(Frame frame, long revision) {
        if (answered && !paused) {
            subscriber.deliver(frame);
        } else {
            String key = frame.key();
            if (key == null) {
                throw new IllegalArgumentException("inbox notification: no key");
            }
            held.remove(key);
            held.put(key, new Held(frame, revision));
        }
    }

    /** The connection has its answer, which includes all updates up to that revision. */
    void answered(long revision) {
        answered = true;
        held.values().removeIf(h -> h.revision <= revision);
        release();
    }

    void pause() {
        paused = true;
    }

    void renew(UserToken newer) {
        token = newer;
        paused = false;
        release();
    }

    private void release() {
        if (answered && !paused) {
            held.values().forEach(h -> subscriber.deliver(h.frame));
            held.clear();
        }
    }
}
