package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.Subscription.Hold;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The audiences of one thread on one event loop. A subscription either belongs to an audience and shares its frames, or is
 * detached: it has sequence numbers of its own while events are held for it, and until the poller has published the message
 * states that its subscribe result listed.
 */
final class Audiences {
    /** Time limit for the check whether a user sees a message. After it the subscriber gets a resync. */
    private static final long VISIBILITY_CHECK_SECONDS = 30;

    private final String threadId;
    private final HubContext context;
    private final Map<Visibility, Audience> audiences = new HashMap<>();

    Audiences(String threadId, HubContext context) {
        this.threadId = threadId;
        this.context = context;
    }

    /**
     * The frames of one update for one audience.
     *
     * @param firstSeq number of the first frame
     * @param nextSeq number of the event after the last frame
     * @param undecided whether the visibility of one of the events is undecided
     */
    record AudienceFrames(long firstSeq, long nextSeq, List<Audience.NumberedFrame> frames, boolean undecided) {
        static AudienceFrames none(long nextSeq) {
            return new AudienceFrames(nextSeq, nextSeq, List.of(), false);
        }
    }

    /** Encodes an update for every audience. */
    Map<Audience, AudienceFrames> encode(PreparedUpdate prepared) {
        Map<Audience, AudienceFrames> encoded = new HashMap<>();
        for (Audience audience : audiences.values()) {
            long firstSeq = audience.nextSeq();
            boolean undecided = prepared.events().stream().anyMatch(audience.visibility()::undecided);
            List<Audience.NumberedFrame> frames = audience.encode(prepared.events());
            encoded.put(audience, new AudienceFrames(firstSeq, audience.nextSeq(), frames, undecided));
        }
        return encoded;
    }

    /** The number of the next event for a subscription with that visibility. */
    long nextSeq(Visibility visibility) {
        Audience audience = audiences.get(visibility);
        return audience == null ? 1 : audience.nextSeq();
    }

    /** Adds a subscription to its audience. Delivers {@code resumed} if the numbers go on differently than it expects. */
    void join(Subscription subscription, Visibility visibility) {
        Audience audience = audiences.computeIfAbsent(visibility, v -> new Audience(v, subscription.nextSeq()));
        audience.members().add(subscription);
        subscription.audience(audience);
        subscription.visibility(visibility);
        if (subscription.nextSeq() != audience.nextSeq()) {
            subscription.subscriber().deliver(Notifications.resumed(threadId, audience.nextSeq()));
        }
    }

    /** Detaches a subscription. It expects the number that the audience expects. */
    void leave(Subscription subscription) {
        Audience audience = subscription.audience();
        if (audience != null) {
            leave(subscription, audience, audience.nextSeq());
        }
    }

    /** Detaches a subscription during an update of which it has got no frame yet: it expects {@code nextSeq}. */
    void leave(Subscription subscription, Audience audience, long nextSeq) {
        audience.members().remove(subscription);
        subscription.audience(null);
        subscription.nextSeq(nextSeq);
        if (audience.members().isEmpty()) {
            audiences.remove(audience.visibility(), audience);
        }
    }

    /** Delivers the held updates until there is a reason to hold again. The subscription joins its audience after the last. */
    void deliverHeld(Subscription subscription, HubTopic topic) {
        while (!subscription.ended() && !subscription.holding()) {
            PreparedUpdate prepared = subscription.takeHeld();
            if (prepared == null) {
                rejoin(subscription, topic);
                return;
            }
            deliverDetached(subscription, prepared, topic);
        }
    }

    /** Delivers an update to a detached subscription. */
    void deliverDetached(Subscription subscription, PreparedUpdate prepared, HubTopic topic) {
        if (prepared.revision() <= subscription.revision()) {
            return;
        }
        Visibility visibility = updateVisibility(subscription, prepared);
        if (visibility == null) {
            return;
        }
        Optional<ChatMessage> undecided = firstUndecided(subscription, visibility, prepared);
        if (undecided.isPresent()) {
            subscription.holdFirst(prepared);
            checkVisibility(subscription, undecided.get(), topic);
            return;
        }
        for (EncodedEvent event : prepared.eventsFor(subscription.userId())) {
            if (isVisible(subscription, visibility, event)) {
                subscription.subscriber().deliver(event.frame(subscription.nextSeq()));
                subscription.nextSeq(subscription.nextSeq() + (event.numbered() ? 1 : 0));
                context.metrics().fanout().delivered(event.type(), 1);
                recordLag(event, prepared);
            }
            event.message().ifPresent(subscription::removePublished);
        }
        if (prepared.hasMember(subscription.userId())) {
            subscription.trailingFrames(prepared).forEach(subscription.subscriber()::deliver);
            subscription.visibilityFrom(prepared.update().roster());
        } else {
            topic.end(subscription, EndReason.REMOVED);
        }
    }

    /** A replay is not measured: it is late because the client was away, not because the gateway is slow. */
    private void recordLag(EncodedEvent event, PreparedUpdate prepared) {
        if (prepared.revision() != PreparedUpdate.REPLAY) {
            long now = context.clock().millis();
            event.message().ifPresent(m -> context.metrics()
                    .fanout()
                    .lag(m.version(), prepared.update().seenAtMs(), now));
        }
    }

    /** Delivers the deletion of the thread to a subscription whose events are held. The other events are dropped. */
    void deliverThreadEnd(Subscription subscription, PreparedUpdate prepared) {
        Visibility visibility = subscription.visibility();
        for (EncodedEvent event : prepared.events()) {
            if (event.type().endsThread() && visibility != null && visibility.shows(event)) {
                subscription.subscriber().deliver(Notifications.resumed(threadId, subscription.nextSeq()));
                subscription.subscriber().deliver(event.frame(subscription.nextSeq()));
            }
        }
    }

    /** Whether a detached subscription gets an event: its user sees it, and the subscribe result did not list it. */
    boolean isVisible(Subscription subscription, Visibility visibility, EncodedEvent event) {
        if (event.message().map(subscription::answered).orElse(false)) {
            return false;
        }
        return visibility.shows(event)
                || (visibility.undecided(event)
                        && event.message()
                                .map(m -> Boolean.TRUE.equals(subscription.checkedVisibility(m.arrivedAt())))
                                .orElse(false));
    }

    /** The first message of which it must still be checked whether the user sees it. */
    private static Optional<ChatMessage> firstUndecided(
            Subscription subscription, Visibility visibility, PreparedUpdate prepared) {
        return prepared.events().stream()
                .filter(visibility::undecided)
                .flatMap(event -> event.message().stream())
                .filter(m -> subscription.checkedVisibility(m.arrivedAt()) == null)
                .findFirst();
    }

    /** Checks with the user's own token whether it sees a message. The subscription's events are held until then. */
    private void checkVisibility(Subscription subscription, ChatMessage message, HubTopic topic) {
        subscription.hold(Hold.VISIBILITY_CHECK);
        context.feed()
                .sees(threadId, subscription.subscriber().id(), message.id(), message.version())
                .timeout(VISIBILITY_CHECK_SECONDS, TimeUnit.SECONDS)
                .onComplete(result -> topic.whenIdle(() -> {
                    if (result.succeeded()) {
                        subscription.recordVisibility(message.arrivedAt(), result.result());
                    } else {
                        subscription.missed(new Resync(ResyncReason.GAP, Cause.VISIBILITY_UNKNOWN));
                    }
                    subscription.release(Hold.VISIBILITY_CHECK);
                    deliverHeld(subscription, topic);
                }));
    }

    /** The user's visibility according to an update's roster; unchanged for a user whom the roster does not name. */
    Visibility visibilityAfter(Subscription subscription, Visibility before, PreparedUpdate prepared) {
        Optional<Participant> member = prepared.update().roster().member(subscription.userId());
        return member.map(m -> Visibility.of(before.groups(), before.include(), m))
                .orElse(before);
    }

    /** Takes over the visibility of an update. A member whose history begins elsewhere now gets a resync. */
    private @Nullable Visibility updateVisibility(Subscription subscription, PreparedUpdate prepared) {
        Visibility before = subscription.visibility();
        if (before == null) {
            return null;
        }
        Visibility after = visibilityAfter(subscription, before, prepared);
        if (!after.equals(before)) {
            subscription.visibility(after);
            subscription.sent().discard();
            resync(
                    subscription,
                    context.cursors().encode(threadId, prepared.update().position()),
                    new Resync(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP),
                    prepared.state());
        }
        return after;
    }

    private void resync(Subscription subscription, String cursor, Resync resync, IncludedState state) {
        ResyncRecorder.thread(context.metrics(), threadId, resync, 1);
        subscription
                .subscriber()
                .deliver(Notifications.resync(
                        threadId,
                        cursor,
                        resync,
                        state.json(subscription.request().include(), subscription.userId())));
    }

    private void rejoin(Subscription subscription, HubTopic topic) {
        Resync missed = subscription.takeMissed();
        if (missed != null) {
            resync(subscription, subscription.cursor(), missed, topic.state());
        }
        Visibility visibility = subscription.visibility();
        if (visibility != null
                && subscription.audience() == null
                && subscription.canShareFrames(context.clock().millis())) {
            join(subscription, visibility);
        }
    }
}
