package dev.chatgateway.fanout.inbox;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.Subscriber;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The subscription of one connection to its user's inbox. While it is not answered, or its token has expired, the newest
 * notification of each thread is held. The number of held notifications is limited by the number of the user's threads.
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

    /** Whether the token has not expired, so that calls may be made with it. */
    boolean hasValidToken() {
        return !paused;
    }

    /** Delivers or holds a notification with a key. The revision is that of the update that it results from. */
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

    /** The request was answered with a state that includes all updates up to this revision. */
    void answered(long revision) {
        answered = true;
        held.values().removeIf(h -> h.revision <= revision);
        deliverHeld();
    }

    void pause() {
        paused = true;
    }

    void replaceToken(UserToken newer) {
        token = newer;
        paused = false;
        deliverHeld();
    }

    private void deliverHeld() {
        if (answered && !paused) {
            held.values().forEach(h -> subscriber.deliver(h.frame));
            held.clear();
        }
    }
}
