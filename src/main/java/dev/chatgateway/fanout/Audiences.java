package dev.chatgateway.fanout;

import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.Resync;
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
 * Who sees what of one thread on one loop. A subscription belongs to an audience whose frames it shares, or stands apart
 * with a count of its own: while events are held for it, and until the states that its answer showed have passed.
 */
final class Audiences {
    /** Longer is not waited for whether a user sees a message: it takes fresh state then. */
    private static final long VIEW_SECONDS = 30;

    private final String threadId;
    private final HubContext env;
    private final Map<Visibility, Audience> audiences = new HashMap<>();

    Audiences(String threadId, HubContext env) {
        this.threadId = threadId;
        this.env = env;
    }

    /**
     * An audience's share of an update.
     *
     * @param start number of the first frame
     * @param end number of what comes after the last
     * @param doubts whether an event is of the second in which each one's own listing decides
     */
    record Encoded(long start, long end, List<Audience.Numbered> frames, boolean doubts) {
        static Encoded nothing(long next) {
            return new Encoded(next, next, List.of(), false);
        }
    }

    /** The frames of every audience. */
    Map<Audience, Encoded> encode(PreparedUpdate batch) {
        Map<Audience, Encoded> encoded = new HashMap<>();
        for (Audience audience : audiences.values()) {
            long start = audience.next();
            boolean doubts = batch.texts().stream().anyMatch(audience.visibility()::doubts);
            List<Audience.Numbered> frames = audience.encode(batch.texts());
            encoded.put(audience, new Encoded(start, audience.next(), frames, doubts));
        }
        return encoded;
    }

    /** The number that the next event of those who see the same will have. */
    long next(Visibility visibility) {
        Audience audience = audiences.get(visibility);
        return audience == null ? 1 : audience.next();
    }

    /** Joins those who see the same; the client is told if the count goes on at another number than it expects. */
    void join(Subscription subscription, Visibility visibility) {
        Audience audience = audiences.computeIfAbsent(visibility, v -> new Audience(v, subscription.next()));
        audience.members().add(subscription);
        subscription.audience(audience);
        subscription.visibility(visibility);
        if (subscription.next() != audience.next()) {
            subscription.subscriber().deliver(Notifications.resumed(threadId, audience.next()));
        }
    }

    /** Stands apart from now on, expecting the number that the audience is at. */
    void leave(Subscription subscription) {
        Audience audience = subscription.audience();
        if (audience != null) {
            leave(subscription, audience, audience.next());
        }
    }

    /** The same, in the midst of an update whose frames it has not got. */
    void leave(Subscription subscription, Audience audience, long expects) {
        audience.members().remove(subscription);
        subscription.audience(null);
        subscription.next(expects);
        if (audience.members().isEmpty()) {
            audiences.remove(audience.visibility(), audience);
        }
    }

    /** Delivers what was held, as far as nothing holds it back, and joins the others when all is out. */
    void release(Subscription subscription, HubTopic thread) {
        while (!subscription.ended() && !subscription.holding()) {
            PreparedUpdate batch = subscription.takeHeld();
            if (batch == null) {
                settle(subscription);
                return;
            }
            apart(subscription, batch, thread);
        }
    }

    /** Delivers an update to a subscription that stands apart. */
    void apart(Subscription subscription, PreparedUpdate batch, HubTopic thread) {
        if (batch.revision() <= subscription.revision()) {
            return;
        }
        Visibility visibility = follow(subscription, batch);
        if (visibility == null) {
            return;
        }
        Optional<ChatMessage> doubt = doubt(subscription, visibility, batch);
        if (doubt.isPresent()) {
            subscription.putBack(batch);
            ask(subscription, doubt.get(), thread);
            return;
        }
        List<EncodedEvent> texts = batch.texts().subList(0, batch.limit(subscription.userId()));
        for (EncodedEvent text : texts) {
            if (sees(subscription, visibility, text)) {
                subscription.subscriber().deliver(text.frame(subscription.next()));
                subscription.next(subscription.next() + (text.event().type().numbered() ? 1 : 0));
                env.metrics().fanout().delivered(text.event().type(), 1);
                if (batch.revision() != PreparedUpdate.REPLAY) {
                    // A replay is late because the client was away, not because the gateway is slow.
                    text.message().ifPresent(m -> env.metrics()
                            .fanout()
                            .lag(
                                    m.version(),
                                    batch.update().seenAtMs(),
                                    env.clock().millis()));
                }
            }
            text.message().ifPresent(subscription::passed);
        }
        if (batch.names(subscription.userId())) {
            batch.trailing().forEach(subscription.subscriber()::deliver);
            subscription.judged(batch.update().roster());
        } else {
            thread.end(subscription, EndReason.REMOVED);
        }
    }

    /** Tells a subscription whose events are held that the thread is gone, and nothing else. */
    void last(Subscription subscription, PreparedUpdate batch) {
        Visibility visibility = subscription.visibility();
        for (EncodedEvent text : batch.texts()) {
            if (text.event().type().endsThread() && visibility != null && visibility.shows(text)) {
                subscription.subscriber().deliver(Notifications.resumed(threadId, subscription.next()));
                subscription.subscriber().deliver(text.frame(subscription.next()));
            }
        }
    }

    /** Whether an event that held events consist of would be delivered. */
    boolean sees(Subscription subscription, Visibility visibility, EncodedEvent text) {
        if (text.message().map(subscription::shown).orElse(false)) {
            return false;
        }
        return visibility.shows(text)
                || (visibility.doubts(text)
                        && text.message()
                                .map(m -> Boolean.TRUE.equals(subscription.seesInDoubt(m.arrivedAt())))
                                .orElse(false));
    }

    /** A message of which nobody knows yet whether the user may see it. */
    Optional<ChatMessage> doubt(Subscription subscription, Visibility visibility, PreparedUpdate batch) {
        return batch.texts().stream()
                .filter(visibility::doubts)
                .flatMap(t -> t.message().stream())
                .filter(m -> subscription.seesInDoubt(m.arrivedAt()) == null)
                .findFirst();
    }

    /** Has the user's own listing decide; until then the subscription's events are held. */
    void ask(Subscription subscription, ChatMessage message, HubTopic thread) {
        subscription.hold(Hold.VIEW);
        env.feed()
                .sees(threadId, subscription.subscriber().id(), message.id(), message.version())
                .timeout(VIEW_SECONDS, TimeUnit.SECONDS)
                .onComplete(result -> thread.whenIdle(() -> {
                    if (result.succeeded()) {
                        subscription.learned(message.arrivedAt(), result.result());
                    } else {
                        subscription.missed(new Resync(ResyncReason.GAP, Cause.VISIBILITY_UNKNOWN));
                    }
                    subscription.unhold(Hold.VIEW);
                    release(subscription, thread);
                }));
    }

    /** What a member sees by the roster of an update; a stranger, and who sees what it saw before, is left as is. */
    Visibility now(Subscription subscription, Visibility before, PreparedUpdate batch) {
        Optional<Participant> member = batch.update().roster().member(subscription.userId());
        return member.map(m -> Visibility.of(before.groups(), m)).orElse(before);
    }

    /** A member whose history begins elsewhere now sees another past than it was shown: it takes fresh state. */
    private @Nullable Visibility follow(Subscription subscription, PreparedUpdate batch) {
        Visibility before = subscription.visibility();
        if (before == null) {
            return null;
        }
        Visibility now = now(subscription, before, batch);
        if (!now.equals(before)) {
            subscription.visibility(now);
            subscription.sent().forget();
            resync(
                    subscription,
                    env.cursors().encode(threadId, batch.update().position()),
                    new Resync(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP));
        }
        return now;
    }

    private void resync(Subscription subscription, String cursor, Resync resync) {
        ResyncRecorder.thread(env.metrics(), threadId, resync, 1);
        subscription.subscriber().deliver(Notifications.resync(threadId, cursor, resync));
    }

    private void settle(Subscription subscription) {
        Resync missed = subscription.takeMissed();
        if (missed != null) {
            resync(subscription, subscription.cursor(), missed);
        }
        Visibility visibility = subscription.visibility();
        if (visibility != null
                && subscription.audience() == null
                && subscription.settled(env.clock().millis())) {
            join(subscription, visibility);
        }
    }
}
