package dev.chatgateway.fanout;

import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.fanout.Audiences.Encoded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Updates on their way through a thread's subscribers. All frames are made before the first is delivered, as a delivery
 * may change who belongs to which audience. Several updates go together only if nothing but events is in them and all
 * come with one and the same roster: then most subscribers take all their frames as one run.
 */
final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    private final List<Step> steps = new ArrayList<>();
    private final Map<Audience, Share> shares = new HashMap<>();
    private final HubTopic thread;
    private final HubContext env;
    private final Roster roster;

    /** One update with its frames, and how many subscribers of each audience took them. */
    private record Step(PreparedUpdate batch, Map<Audience, Encoded> encoded, Map<Audience, Integer> served) {}

    /** What an audience takes of all updates together, and how many took it: looked at once per subscriber. */
    private static final class Share {
        private final List<Frame> frames = new ArrayList<>();
        private List<FrameBatch> runs = List.of();
        private boolean doubts;
        private int served;

        void deliver(Subscriber subscriber) {
            for (int i = 0; i < runs.size(); i++) {
                subscriber.deliver(runs.get(i));
            }
            served++;
        }
    }

    /** @param batches at least one; the frames of each are encoded here */
    Delivery(List<PreparedUpdate> batches, HubTopic thread, HubContext env) {
        this.thread = thread;
        this.env = env;
        roster = batches.get(0).update().roster();
        batches.forEach(batch -> steps.add(new Step(batch, thread.audiences().encode(batch), new HashMap<>())));
        for (Step step : steps) {
            step.encoded.forEach((audience, encoded) -> {
                Share share = shares.computeIfAbsent(audience, a -> new Share());
                encoded.frames().forEach(numbered -> share.frames.add(numbered.frame()));
                share.frames.addAll(step.batch.trailing());
                share.doubts |= encoded.doubts();
            });
        }
        shares.forEach((audience, share) ->
                share.runs = FrameBatch.of(share.frames, audience.members().size()));
    }

    /** What the last of the updates says. */
    PreparedUpdate last() {
        return steps.get(steps.size() - 1).batch;
    }

    /** Delivers to one subscription, or keeps the updates for it; a fault with one must not hold all others up. */
    void serve(Subscription subscription) {
        try {
            deliver(subscription);
        } catch (RuntimeException fault) {
            LOG.error("a subscriber could not be served", fault);
            env.metrics().limitHit("fanout.fault");
            thread.fault(subscription);
        }
    }

    private void deliver(Subscription subscription) {
        Audience audience = subscription.audience();
        Share share = audience == null ? null : shares.get(audience);
        if (share != null && plain(subscription, share)) {
            share.deliver(subscription.subscriber());
            return;
        }
        if (steps.size() == 1) {
            serve(subscription, steps.get(0));
        } else {
            apart(subscription, audience);
        }
    }

    /** One after the other; back among the others only after the last, as the audience's count is past them all. */
    private void apart(Subscription subscription, @Nullable Audience audience) {
        if (audience != null) {
            Encoded first = steps.get(0).encoded.getOrDefault(audience, Encoded.nothing(audience.next()));
            thread.audiences().leave(subscription, audience, first.start());
        }
        for (Step step : steps) {
            if (subscription.holding()) {
                subscription.keep(step.batch);
            } else if (!subscription.ended()) {
                thread.audiences().apart(subscription, step.batch, thread);
            }
        }
        thread.audiences().release(subscription, thread);
    }

    /** Whether the subscription takes just what its audience takes. */
    private boolean plain(Subscription subscription, Share share) {
        return !subscription.ended()
                && !subscription.holding()
                && subscription.revision() < steps.get(0).batch.revision()
                && subscription.judgedBy(roster)
                && !share.doubts
                && !(subscription.remembers() && knows(subscription));
    }

    /** The answer, or a replay, showed it one of the states already. */
    private boolean knows(Subscription subscription) {
        return steps.stream().anyMatch(step -> subscription.knows(step.batch));
    }

    private void serve(Subscription subscription, Step step) {
        if (subscription.ended()) {
            return;
        }
        Audience audience = subscription.audience();
        Visibility visibility = subscription.visibility();
        if (subscription.holding()) {
            subscription.keep(step.batch);
        } else if (audience == null || visibility == null) {
            thread.audiences().apart(subscription, step.batch, thread);
            thread.audiences().release(subscription, thread);
        } else {
            shared(subscription, audience, visibility, step);
        }
    }

    private void shared(Subscription subscription, Audience audience, Visibility visibility, Step step) {
        PreparedUpdate batch = step.batch;
        Encoded frames = step.encoded.getOrDefault(audience, Encoded.nothing(audience.next()));
        if (batch.revision() <= subscription.revision()) {
            // Part of the state that the subscription began with: only the count has moved.
            if (frames.end() != frames.start()) {
                subscription.subscriber().deliver(Notifications.resumed(thread.threadId(), frames.end()));
            }
            return;
        }
        boolean moved = !visibility.equals(thread.audiences().now(subscription, visibility, batch));
        if (moved || frames.doubts() || subscription.knows(batch)) {
            thread.audiences().leave(subscription, audience, frames.start());
            thread.audiences().apart(subscription, batch, thread);
            thread.audiences().release(subscription, thread);
            return;
        }
        Share share = shares.get(audience);
        if (share != null && batch.names(subscription.userId())) {
            share.deliver(subscription.subscriber());
            subscription.judged(batch.update().roster());
            return;
        }
        int limit = batch.limit(subscription.userId());
        for (Audience.Numbered numbered : frames.frames()) {
            if (numbered.index() < limit) {
                subscription.subscriber().deliver(numbered.frame());
            }
        }
        step.served.merge(audience, 1, Integer::sum);
        if (!batch.names(subscription.userId())) {
            thread.end(subscription, EndReason.REMOVED);
            return;
        }
        batch.trailing().forEach(subscription.subscriber()::deliver);
        subscription.judged(batch.update().roster());
    }

    /** Counts what was delivered. */
    void count() {
        for (Share share : shares.values()) {
            if (share.served > 0 && !share.frames.isEmpty()) {
                env.metrics().fanout().batch(share.frames.size());
            }
        }
        long now = env.clock().millis();
        for (Step step : steps) {
            step.encoded.forEach((audience, frames) -> {
                Share share = shares.get(audience);
                int alone = step.served.getOrDefault(audience, 0);
                int sockets = alone + (share == null ? 0 : share.served);
                if (alone > 0 && !frames.frames().isEmpty()) {
                    env.metrics().fanout().batch(frames.frames().size());
                }
                if (sockets > 0) {
                    frames.frames().forEach(numbered -> {
                        env.metrics().fanout().delivered(numbered.text().event().type(), sockets);
                        numbered.text().message().ifPresent(m -> env.metrics()
                                .fanout()
                                .lag(m.version(), step.batch.update().seenAtMs(), now));
                    });
                }
            });
        }
    }
}
