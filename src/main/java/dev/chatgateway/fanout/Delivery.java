package dev.chatgateway.fanout;

import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.fanout.Audiences.AudienceFrames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The delivery of one or more updates to all subscriptions of a thread. All frames are encoded before the first is
 * delivered, because a delivery may move a subscription to another audience. Several updates are delivered together only if
 * they carry nothing but events and share one roster: then most subscribers get all their frames in one batch.
 */
final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    private final List<Step> steps = new ArrayList<>();
    private final Map<Audience, Share> shares = new HashMap<>();
    private final HubTopic topic;
    private final HubContext context;
    private final Roster roster;

    /** One update with its frames, and the number of subscribers of each audience that got these frames one by one. */
    private record Step(
            PreparedUpdate prepared, Map<Audience, AudienceFrames> encoded, Map<Audience, Integer> deliveredSingly) {}

    /** The frames of all updates for one audience, and the number of subscribers that got them in batches. */
    private static final class Share {
        private final List<Frame> frames = new ArrayList<>();
        private List<FrameBatch> batches = List.of();
        private boolean undecided;
        private boolean personal;
        private int delivered;

        void deliver(Subscriber subscriber) {
            for (int i = 0; i < batches.size(); i++) {
                subscriber.deliver(batches.get(i));
            }
            delivered++;
        }
    }

    /** @param updates at least one; the frames of each are encoded here */
    Delivery(List<PreparedUpdate> updates, HubTopic topic, HubContext context) {
        this.topic = topic;
        this.context = context;
        roster = updates.get(0).update().roster();
        updates.forEach(
                prepared -> steps.add(new Step(prepared, topic.audiences().encode(prepared), new HashMap<>())));
        for (Step step : steps) {
            step.encoded.forEach((audience, encoded) -> {
                Share share = shares.computeIfAbsent(audience, a -> new Share());
                encoded.frames().forEach(numbered -> share.frames.add(numbered.frame()));
                share.frames.addAll(step.prepared.trailingFrames());
                share.undecided |= encoded.undecided();
                share.personal |= step.prepared.carriesStateFor(audience.visibility());
            });
        }
        shares.forEach((audience, share) ->
                share.batches = FrameBatch.of(share.frames, audience.members().size()));
    }

    PreparedUpdate lastUpdate() {
        return steps.get(steps.size() - 1).prepared;
    }

    /** Delivers to one subscription, or holds the updates for it. An exception affects that subscription only. */
    void deliver(Subscription subscription) {
        try {
            deliverOrHold(subscription);
        } catch (RuntimeException fault) {
            LOG.error("a subscriber could not be served", fault);
            context.metrics().limitHit("fanout.fault");
            topic.deliveryFailed(subscription);
        }
    }

    private void deliverOrHold(Subscription subscription) {
        Audience audience = subscription.audience();
        Share share = audience == null ? null : shares.get(audience);
        if (share != null && sharesAllFrames(subscription, share)) {
            share.deliver(subscription.subscriber());
            return;
        }
        if (steps.size() == 1) {
            deliverStep(subscription, steps.get(0));
        } else {
            deliverSteps(subscription, audience);
        }
    }

    /**
     * Delivers the updates one by one. The subscription rejoins its audience after the last one only, because the audience's
     * numbers are already past all of them.
     */
    private void deliverSteps(Subscription subscription, @Nullable Audience audience) {
        if (audience != null) {
            AudienceFrames first = steps.get(0).encoded.getOrDefault(audience, AudienceFrames.none(audience.nextSeq()));
            topic.audiences().leave(subscription, audience, first.firstSeq());
        }
        for (Step step : steps) {
            if (subscription.holding()) {
                subscription.holdLast(step.prepared);
            } else if (!subscription.ended()) {
                topic.audiences().deliverDetached(subscription, step.prepared, topic);
            }
        }
        topic.audiences().deliverHeld(subscription, topic);
    }

    /** Whether the subscription gets exactly the frames of its audience. */
    private boolean sharesAllFrames(Subscription subscription, Share share) {
        return !subscription.ended()
                && !subscription.holding()
                && subscription.revision() < steps.get(0).prepared.revision()
                && subscription.hasVisibilityFrom(roster)
                && !share.undecided
                && !share.personal
                && !(subscription.hasAnsweredStates() && hasAnsweredState(subscription));
    }

    private boolean hasAnsweredState(Subscription subscription) {
        return steps.stream().anyMatch(step -> subscription.answeredAnyOf(step.prepared));
    }

    private void deliverStep(Subscription subscription, Step step) {
        if (subscription.ended()) {
            return;
        }
        Audience audience = subscription.audience();
        Visibility visibility = subscription.visibility();
        if (subscription.holding()) {
            subscription.holdLast(step.prepared);
        } else if (audience == null || visibility == null) {
            topic.audiences().deliverDetached(subscription, step.prepared, topic);
            topic.audiences().deliverHeld(subscription, topic);
        } else {
            deliverAsMember(subscription, audience, visibility, step);
        }
    }

    private void deliverAsMember(Subscription subscription, Audience audience, Visibility visibility, Step step) {
        PreparedUpdate prepared = step.prepared;
        AudienceFrames frames = step.encoded.getOrDefault(audience, AudienceFrames.none(audience.nextSeq()));
        if (prepared.revision() <= subscription.revision()) {
            // The subscribe result includes this update. The client only needs the new number.
            if (frames.nextSeq() != frames.firstSeq()) {
                subscription.subscriber().deliver(Notifications.resumed(topic.threadId(), frames.nextSeq()));
            }
            return;
        }
        boolean visibilityChanged =
                !visibility.equals(topic.audiences().visibilityAfter(subscription, visibility, prepared));
        if (visibilityChanged || frames.undecided() || subscription.answeredAnyOf(prepared)) {
            topic.audiences().leave(subscription, audience, frames.firstSeq());
            topic.audiences().deliverDetached(subscription, prepared, topic);
            topic.audiences().deliverHeld(subscription, topic);
            return;
        }
        Share share = shares.get(audience);
        if (share != null && !share.personal && prepared.hasMember(subscription.userId())) {
            share.deliver(subscription.subscriber());
            subscription.visibilityFrom(prepared.update().roster());
            return;
        }
        deliverSingly(subscription, audience, step, frames);
    }

    private void deliverSingly(Subscription subscription, Audience audience, Step step, AudienceFrames frames) {
        PreparedUpdate prepared = step.prepared;
        int limit = prepared.eventLimit(subscription.userId());
        for (Audience.NumberedFrame numbered : frames.frames()) {
            if (numbered.index() < limit) {
                subscription.subscriber().deliver(numbered.frame());
            }
        }
        step.deliveredSingly.merge(audience, 1, Integer::sum);
        if (!prepared.hasMember(subscription.userId())) {
            topic.end(subscription, EndReason.REMOVED);
            return;
        }
        subscription.trailingFrames(prepared).forEach(subscription.subscriber()::deliver);
        subscription.visibilityFrom(prepared.update().roster());
    }

    /** Records the metrics of what was delivered. */
    void recordMetrics() {
        for (Share share : shares.values()) {
            if (share.delivered > 0 && !share.frames.isEmpty()) {
                context.metrics().fanout().batch(share.frames.size());
            }
        }
        long now = context.clock().millis();
        for (Step step : steps) {
            step.encoded.forEach((audience, frames) -> recordMetrics(step, audience, frames, now));
        }
    }

    private void recordMetrics(Step step, Audience audience, AudienceFrames frames, long now) {
        Share share = shares.get(audience);
        int singly = step.deliveredSingly.getOrDefault(audience, 0);
        int sockets = singly + (share == null ? 0 : share.delivered);
        if (singly > 0 && !frames.frames().isEmpty()) {
            context.metrics().fanout().batch(frames.frames().size());
        }
        if (sockets > 0) {
            frames.frames().forEach(numbered -> {
                context.metrics().fanout().delivered(numbered.event().type(), sockets);
                numbered.event().message().ifPresent(m -> context.metrics()
                        .fanout()
                        .lag(m.version(), step.prepared.update().seenAtMs(), now));
            });
        }
    }
}
