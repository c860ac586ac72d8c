package dev.chatgateway.fanout;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.Subscription.Hold;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One thread on one event loop: its subscriptions, and the queue of updates for them. A large number of subscriptions is
 * served in slices, so that the event loop can do other work in between. While a delivery is in progress, whatever changes a
 * subscription is postponed to its end ({@link #whenIdle}).
 */
final class HubTopic {
    /** Subscriptions served before the event loop gets back to its other work. */
    private static final int SLICE = 512;

    private static final int MAX_QUEUED_UPDATES = 1000;
    /** Events that one {@link Delivery} carries, about. The rest waits for the next one. */
    private static final int MAX_EVENTS_PER_DELIVERY = 256;
    /** How soon the service is asked again about a token after it could not be asked. */
    private static final long PROOF_RETRY_MS = 30_000;

    private final String threadId;
    private final HubContext context;
    private final Consumer<Subscription> onRemoved;
    private final Map<Subscriber, Subscription> subscriptions = new HashMap<>();
    private final Audiences audiences;
    private final DuplicateFilter delivered = new DuplicateFilter();
    private final SharedListing listing = new SharedListing();
    private final Deque<Runnable> postponed = new ArrayDeque<>();
    private final Deque<ThreadUpdate> updates = new ArrayDeque<>();
    private final Replays replays;
    private @Nullable Freshness freshness;
    /** The state at {@link #stateRevision}, for a resync that no update carries. */
    private IncludedState state = IncludedState.UNKNOWN;

    private long stateRevision = -1;
    private @Nullable List<Subscription> snapshot;
    private boolean delivering;

    /** @param onRemoved called with each subscription that was removed */
    HubTopic(String threadId, HubContext context, Consumer<Subscription> onRemoved) {
        this.threadId = threadId;
        this.context = context;
        this.onRemoved = onRemoved;
        audiences = new Audiences(threadId, context);
        replays = new Replays(threadId, context);
    }

    String threadId() {
        return threadId;
    }

    Audiences audiences() {
        return audiences;
    }

    SharedListing listing() {
        return listing;
    }

    DuplicateFilter delivered() {
        return delivered;
    }

    Replays replays() {
        return replays;
    }

    boolean delivering() {
        return delivering;
    }

    boolean isEmpty() {
        return subscriptions.isEmpty();
    }

    @Nullable
    Subscription find(Subscriber subscriber) {
        return subscriptions.get(subscriber);
    }

    /** Adds a subscription. Its events are held until it is answered. */
    void add(Subscription subscription) {
        subscriptions.put(subscription.subscriber(), subscription);
        snapshot = null;
        context.metrics().fanout().subscriptions(1);
    }

    /** Removes a subscription without a notification; false when it was removed before. */
    boolean remove(Subscription subscription) {
        if (subscription.ended()) {
            return false;
        }
        subscription.end();
        audiences.leave(subscription);
        subscriptions.remove(subscription.subscriber(), subscription);
        snapshot = null;
        context.metrics().fanout().subscriptions(-1);
        onRemoved.accept(subscription);
        return true;
    }

    /** Runs a task now, or after the delivery in progress. */
    void whenIdle(Runnable task) {
        if (delivering) {
            postponed.addLast(task);
        } else {
            task.run();
        }
    }

    /** Queues an update. {@link #deliverQueued} delivers it with the others that arrive in the same turn of the loop. */
    void enqueue(ThreadUpdate update) {
        noteState(new IncludedState(update.roster(), update.snapshot()), update.revision());
        if (updates.size() >= MAX_QUEUED_UPDATES) {
            deliverQueued();
        }
        if (updates.size() >= MAX_QUEUED_UPDATES) {
            context.metrics().limitHit("fanout.queue");
            missed(Cause.HUB_TOPIC);
        }
        if (updates.size() < MAX_QUEUED_UPDATES || !onlyEvents(update)) {
            updates.addLast(update);
        }
    }

    /** Keeps the state at a revision unless a later one is known. */
    void noteState(IncludedState known, long revision) {
        if (revision >= stateRevision) {
            state = known;
            stateRevision = revision;
        }
    }

    /** The state at the last update that arrived. */
    IncludedState state() {
        return state;
    }

    /** Updates did not arrive: the state is not known until the next one does. */
    void updatesLost() {
        state = IncludedState.UNKNOWN;
        missed(Cause.UPDATE_LANE);
    }

    /**
     * Updates were dropped: all subscribers get a resync. Queued updates that end or pause subscriptions are kept, so that
     * nobody is served who must not be.
     */
    void missed(Cause cause) {
        deliverQueued();
        updates.removeIf(HubTopic::onlyEvents);
        whenIdle(() -> List.copyOf(subscriptions.values()).forEach(s -> {
            audiences.leave(s);
            s.missed(new Resync(ResyncReason.OVERFLOW, cause));
            audiences.deliverHeld(s, this);
        }));
    }

    /** Ends a subscription and notifies its subscriber of the reason. */
    void end(Subscription subscription, EndReason reason) {
        if (remove(subscription)) {
            context.feed().unwatch(threadId, subscription.subscriber().id());
            subscription.subscriber().deliver(Notifications.unsubscribed(threadId, reason));
        }
    }

    /** The connection's token was not proved again in time: notifies the subscriber, then holds its events. */
    void holdUnproven(Subscription subscription) {
        Freshness current = freshness(subscription);
        if (current != null && !subscription.holding(Hold.ANSWER) && !subscription.holding(Hold.UNPROVEN)) {
            Freshness late = new Freshness(Freshness.Source.DEGRADED, current.maxStalenessMs() + PROOF_RETRY_MS);
            subscription.subscriber().deliver(Notifications.freshness(threadId, late, "unproven"));
            audiences.leave(subscription);
            subscription.hold(Hold.UNPROVEN);
        }
    }

    /** The service has accepted the connection's token or a newer one: delivers the held events. */
    void tokenAccepted(Subscription subscription) {
        Freshness current = freshness(subscription);
        if (current != null && subscription.holding(Hold.UNPROVEN)) {
            subscription.subscriber().deliver(Notifications.freshness(threadId, current, "recovered"));
        } else if (!subscription.holding(Hold.TOKEN)) {
            return;
        }
        subscription.release(Hold.TOKEN);
        subscription.release(Hold.UNPROVEN);
        audiences.deliverHeld(subscription, this);
    }

    private @Nullable Freshness freshness(Subscription subscription) {
        return freshness == null ? subscription.freshness() : freshness;
    }

    /** Delivers the queued updates. Does nothing during a delivery, which continues with them at its end. */
    void deliverQueued() {
        while (!delivering && !updates.isEmpty()) {
            List<PreparedUpdate> prepared = new ArrayList<>();
            prepared.add(prepare(updates.removeFirst()));
            int events = prepared.get(0).events().size();
            while (!updates.isEmpty()
                    && events < MAX_EVENTS_PER_DELIVERY
                    && combinable(prepared.get(0).update(), updates.peek())) {
                PreparedUpdate next = prepare(updates.removeFirst());
                prepared.add(next);
                events += next.events().size();
            }
            deliver(prepared);
        }
    }

    /** Whether both updates carry nothing but events and have the same roster. */
    @SuppressWarnings(
            "ReferenceEquality") // the poller publishes one roster object until it lists the participants again
    private static boolean combinable(ThreadUpdate one, ThreadUpdate next) {
        return one.roster() == next.roster() && onlyEvents(one) && onlyEvents(next);
    }

    private static boolean onlyEvents(ThreadUpdate update) {
        return update.notices().isEmpty() && update.ended() == null;
    }

    private void deliver(List<PreparedUpdate> prepared) {
        PreparedUpdate first = prepared.get(0);
        first.update().notices().forEach(notice -> apply(notice, first));
        Delivery delivery = new Delivery(prepared, this, context);
        delivering = true;
        deliverSlice(delivery, snapshot(), 0);
    }

    /** The subscriptions, copied once until one is added or removed: a slice may be in progress at that time. */
    private List<Subscription> snapshot() {
        List<Subscription> current = snapshot;
        if (current == null) {
            current = List.copyOf(subscriptions.values());
            snapshot = current;
        }
        return current;
    }

    private void deliverSlice(Delivery delivery, List<Subscription> all, int from) {
        int to = Math.min(all.size(), from + SLICE);
        for (Subscription subscription : all.subList(from, to)) {
            delivery.deliver(subscription);
        }
        if (to < all.size()) {
            context.eventLoop().runOnContext(v -> deliverSlice(delivery, all, to));
            return;
        }
        delivery.recordMetrics();
        delivering = false;
        EndReason ended = delivery.lastUpdate().update().ended();
        if (ended != null) {
            endAll(delivery.lastUpdate(), ended);
        }
        while (!delivering && !postponed.isEmpty()) {
            postponed.removeFirst().run();
        }
        if (from > 0) {
            deliverQueued();
        }
    }

    /** A delivery to the subscription threw an exception: it gets a resync after the delivery in progress. */
    void deliveryFailed(Subscription subscription) {
        postponed.addLast(() -> {
            audiences.leave(subscription);
            subscription.missed(new Resync(ResyncReason.GAP, Cause.DELIVERY_FAILED));
            audiences.deliverHeld(subscription, this);
        });
    }

    /**
     * Ends all subscriptions, those with held events too. A subscription that is not answered yet stays: the service itself
     * refuses its request.
     */
    private void endAll(PreparedUpdate prepared, EndReason reason) {
        for (Subscription subscription : List.copyOf(subscriptions.values())) {
            if (!subscription.holding(Hold.ANSWER)) {
                if (subscription.holding()) {
                    audiences.deliverThreadEnd(subscription, prepared);
                }
                end(subscription, reason);
            }
        }
    }

    /** Leaves out states that were delivered before, for example because two nodes polled the thread. */
    private PreparedUpdate prepare(ThreadUpdate update) {
        List<EncodedEvent> events = new ArrayList<>();
        for (ThreadUpdate.Item item : update.items()) {
            EncodedEvent event = new EncodedEvent(item, context.cursors());
            if (delivered.add(event, update.revision())) {
                events.add(event);
            }
        }
        return new PreparedUpdate(update, events, context.cursors());
    }

    private void apply(Notice notice, PreparedUpdate prepared) {
        if (notice instanceof Notice.Paused paused) {
            subscriptionsOf(paused.userIds(), prepared).forEach(s -> {
                audiences.leave(s);
                s.hold(Hold.REFUSED);
            });
        } else if (notice instanceof Notice.Resumed resumed) {
            subscriptionsOf(resumed.userIds(), prepared).forEach(s -> {
                s.release(Hold.REFUSED);
                audiences.deliverHeld(s, this);
            });
        } else if (notice instanceof Notice.FreshnessChanged changed) {
            freshness = changed.freshness();
        } else if (notice instanceof Notice.ResyncNeeded needed) {
            // One that is not answered yet, or was answered after the update, has the fresh state already.
            int concerned = (int) subscriptions.values().stream()
                    .filter(s -> !s.holding(Hold.ANSWER)
                            && s.revision() < prepared.update().revision())
                    .count();
            ResyncRecorder.thread(context.metrics(), threadId, needed.resync(), concerned);
        } else if (notice instanceof Notice.Ended ended) {
            subscriptionsOf(ended.userIds(), prepared).forEach(s -> end(s, ended.reason()));
        }
    }

    /**
     * Subscriptions of these users that were answered before the update. One that is not answered yet waits for a membership
     * proof of its own.
     */
    private List<Subscription> subscriptionsOf(Set<String> userIds, PreparedUpdate prepared) {
        return subscriptions.values().stream()
                .filter(s -> userIds.contains(s.userId()))
                .filter(s -> !s.holding(Hold.ANSWER) && s.revision() < prepared.revision())
                .toList();
    }
}
