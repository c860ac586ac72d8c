package dev.chatgateway.fanout;

import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.fanout.Audiences.Encoded;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The delivery of one update to the subscriptions of a thread on this loop. */
final class Pass {
    private final Batch batch;
    private final Map<Audience, Encoded> encoded;
    private final HubThread thread;
    private final HubEnvironment env;
    private final Map<Audience, Integer> served = new HashMap<>();

    Pass(Batch batch, Map<Audience, Encoded> encoded, HubThread thread, HubEnvironment env) {
        this.batch = batch;
        this.encoded = encoded;
        this.thread = thread;
        this.env = env;
    }

    Batch batch() {
        return batch;
    }

    /** Delivers to one subscription, or keeps the update for it. */
    void serve(Subscription subscription) {
        if (subscription.ended()) {
            return;
        }
        Audience audience = subscription.audience();
        Visibility visibility = subscription.visibility();
        if (subscription.holding()) {
            subscription.keep(batch);
        } else if (audience == null || visibility == null) {
            thread.audiences().apart(subscription, batch, thread);
            thread.audiences().release(subscription, thread);
        } else {
            shared(subscription, audience, visibility);
        }
    }

    private void shared(Subscription subscription, Audience audience, Visibility visibility) {
        Encoded frames = encoded.getOrDefault(audience, new Encoded(audience.next(), List.of(), false));
        if (batch.revision() <= subscription.revision()) {
            // Part of the state that the subscription began with: only the count has moved.
            if (audience.next() != frames.start()) {
                subscription.subscriber().deliver(Notifications.resumed(thread.threadId(), audience.next()));
            }
            return;
        }
        boolean moved = !visibility.equals(thread.audiences().now(subscription, visibility, batch));
        if (moved || frames.doubts()) {
            thread.audiences().leave(subscription, audience, frames.start());
            thread.audiences().apart(subscription, batch, thread);
            thread.audiences().release(subscription, thread);
            return;
        }
        int limit = batch.limit(subscription.userId());
        for (Audience.Numbered numbered : frames.frames()) {
            if (numbered.index() < limit) {
                subscription.subscriber().deliver(numbered.frame());
            }
        }
        served.merge(audience, 1, Integer::sum);
        if (!batch.names(subscription.userId())) {
            thread.end(subscription, EndReason.REMOVED);
            return;
        }
        batch.trailing().forEach(subscription.subscriber()::deliver);
    }

    /** Counts what was delivered. */
    void count() {
        long now = env.clock().millis();
        encoded.forEach((audience, frames) -> {
            int sockets = served.getOrDefault(audience, 0);
            if (sockets > 0) {
                frames.frames().forEach(numbered -> {
                    env.metrics().delivered(numbered.text().method(), sockets);
                    numbered.text().message().ifPresent(m -> env.metrics().lag(now - m.version()));
                });
            }
        });
    }
}
