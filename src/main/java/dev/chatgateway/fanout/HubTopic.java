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
 * One thread on one loop: its subscriptions, and the updates that go to them one after the other. A big audience is
 * served in slices, so that the loop's other work gets its turn; whatever changes a subscription waits for the end of
 * the update then ({@link #whenIdle}).
 */
final class HubTopic {
    private static final int SLICE = 512;
    private static final int MOST_QUEUED = 1000;
    /** Events in one run through the subscribers; more wait for the next. */
    private static final int MOST_TOGETHER = 256;
    /** How soon the service is asked again for a token that it could not be asked for. */
    private static final long PROOF_RETRY_MS = 30_000;

    private final String threadId;
    private final HubContext env;
    private final Consumer<Subscription> onRemoved;
    private final Map<Subscriber, Subscription> subscriptions = new HashMap<>();
    private final Audiences audiences;
    private final DuplicateFilter delivered = new DuplicateFilter();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Deque<ThreadUpdate> updates = new ArrayDeque<>();
    private final Replays replays;
    private @Nullable Freshness freshness;
    private @Nullable List<Subscription> all;
    private boolean busy;

    /** @param onRemoved told of each subscription that is here no more */
    HubTopic(String threadId, HubContext env, Consumer<Subscription> onRemoved) {
        this.threadId = threadId;
        this.env = env;
        this.onRemoved = onRemoved;
        audiences = new Audiences(threadId, env);
        replays = new Replays(threadId, env);
    }

    String threadId() {
        return threadId;
    }

    Audiences audiences() {
        return audiences;
    }

    DuplicateFilter delivered() {
        return delivered;
    }

    boolean busy() {
        return busy;
    }

    boolean isEmpty() {
        return subscriptions.isEmpty();
    }

    @Nullable
    Subscription find(Subscriber subscriber) {
        return subscriptions.get(subscriber);
    }

    /** Begins to hold events for a subscription. */
    void add(Subscription subscription) {
        subscriptions.put(subscription.subscriber(), subscription);
        all = null;
        env.metrics().fanout().subscriptions(1);
    }

    /** Takes a subscription out without a word; false when it was out already. */
    boolean remove(Subscription subscription) {
        if (subscription.ended()) {
            return false;
        }
        subscription.end();
        audiences.leave(subscription);
        subscriptions.remove(subscription.subscriber(), subscription);
        all = null;
        env.metrics().fanout().subscriptions(-1);
        onRemoved.accept(subscription);
        return true;
    }

    /** Runs at once, or after the update that is being delivered. */
    void whenIdle(Runnable task) {
        if (busy) {
            tasks.addLast(task);
        } else {
            task.run();
        }
    }

    Replays replays() {
        return replays;
    }

    /** Takes the next update of the thread; {@link #work} delivers it with the others of this turn. */
    void offer(ThreadUpdate update) {
        if (updates.size() >= MOST_QUEUED) {
            work();
        }
        if (updates.size() >= MOST_QUEUED) {
            env.metrics().limitHit("fanout.queue");
            missed(Cause.HUB_TOPIC);
        }
        if (updates.size() < MOST_QUEUED || !onlyEvents(update)) {
            updates.addLast(update);
        }
    }

    /** Updates were dropped: all subscribers take fresh state. Who may not be served any more is still told so. */
    void missed(Cause cause) {
        work();
        updates.removeIf(HubTopic::onlyEvents);
        whenIdle(() -> List.copyOf(subscriptions.values()).forEach(s -> {
            audiences.leave(s);
            s.missed(new Resync(ResyncReason.OVERFLOW, cause));
            audiences.release(s, this);
        }));
    }

    /** Ends a subscription with the reason. */
    void end(Subscription subscription, EndReason reason) {
        if (remove(subscription)) {
            env.feed().unwatch(threadId, subscription.subscriber().id());
            subscription.subscriber().deliver(Notifications.unsubscribed(threadId, reason));
        }
    }

    /** Holds a subscription back whose token was not proved again in time, and tells it so first. */
    void doubt(Subscription subscription) {
        Freshness now = freshness(subscription);
        if (now != null && !subscription.holding(Hold.ANSWER) && !subscription.holding(Hold.UNPROVEN)) {
            Freshness late = new Freshness(Freshness.Source.DEGRADED, now.maxStalenessMs() + PROOF_RETRY_MS);
            subscription.subscriber().deliver(Notifications.freshness(threadId, late, "unproven"));
            audiences.leave(subscription);
            subscription.hold(Hold.UNPROVEN);
        }
    }

    /** The service has accepted the connection's token, or a newer one: what was held goes out. */
    void accepted(Subscription subscription) {
        Freshness now = freshness(subscription);
        if (now != null && subscription.holding(Hold.UNPROVEN)) {
            subscription.subscriber().deliver(Notifications.freshness(threadId, now, "recovered"));
        } else if (!subscription.holding(Hold.TOKEN)) {
            return;
        }
        subscription.unhold(Hold.TOKEN);
        subscription.unhold(Hold.UNPROVEN);
        audiences.release(subscription, this);
    }

    private @Nullable Freshness freshness(Subscription subscription) {
        return freshness == null ? subscription.freshness() : freshness;
    }

    /** Delivers what was offered, unless an earlier update is still on its way: then that one's end goes on with it. */
    void work() {
        while (!busy && !updates.isEmpty()) {
            List<PreparedUpdate> batches = new ArrayList<>();
            batches.add(batch(updates.removeFirst()));
            int events = batches.get(0).texts().size();
            while (!updates.isEmpty()
                    && events < MOST_TOGETHER
                    && together(batches.get(0).update(), updates.peek())) {
                PreparedUpdate next = batch(updates.removeFirst());
                batches.add(next);
                events += next.texts().size();
            }
            deliver(batches);
        }
    }

    /** Whether both are nothing but events, for the same people. */
    @SuppressWarnings("ReferenceEquality") // the poller keeps one roster until it reads another
    private static boolean together(ThreadUpdate one, ThreadUpdate next) {
        return one.roster() == next.roster() && onlyEvents(one) && onlyEvents(next);
    }

    private static boolean onlyEvents(ThreadUpdate update) {
        return update.notices().isEmpty() && update.ended() == null;
    }

    private void deliver(List<PreparedUpdate> batches) {
        PreparedUpdate first = batches.get(0);
        first.update().notices().forEach(notice -> judge(notice, first));
        Delivery pass = new Delivery(batches, this, env);
        busy = true;
        slice(pass, all(), 0);
    }

    /** Copied once for all updates until somebody comes or goes: a slice may still be at work on it then. */
    private List<Subscription> all() {
        List<Subscription> known = all;
        if (known == null) {
            known = List.copyOf(subscriptions.values());
            all = known;
        }
        return known;
    }

    private void slice(Delivery pass, List<Subscription> all, int from) {
        int to = Math.min(all.size(), from + SLICE);
        for (Subscription subscription : all.subList(from, to)) {
            pass.serve(subscription);
        }
        if (to < all.size()) {
            env.context().runOnContext(v -> slice(pass, all, to));
            return;
        }
        pass.count();
        busy = false;
        EndReason ended = pass.last().update().ended();
        if (ended != null) {
            endAll(pass.last(), ended);
        }
        while (!busy && !tasks.isEmpty()) {
            tasks.removeFirst().run();
        }
        if (from > 0) {
            work();
        }
    }

    /** One could not be served: it takes fresh state, after the update that is being delivered. */
    void fault(Subscription subscription) {
        tasks.addLast(() -> {
            audiences.leave(subscription);
            subscription.missed(new Resync(ResyncReason.GAP, Cause.DELIVERY_FAILED));
            audiences.release(subscription, this);
        });
    }

    /** The end concerns those too whose events are held; one not answered yet is refused by the service itself. */
    private void endAll(PreparedUpdate batch, EndReason reason) {
        for (Subscription subscription : List.copyOf(subscriptions.values())) {
            if (!subscription.holding(Hold.ANSWER)) {
                if (subscription.holding()) {
                    audiences.last(subscription, batch);
                }
                end(subscription, reason);
            }
        }
    }

    /** Each state goes out once, whoever polled it. */
    private PreparedUpdate batch(ThreadUpdate update) {
        List<EncodedEvent> texts = new ArrayList<>();
        for (ThreadUpdate.Item item : update.items()) {
            EncodedEvent text = new EncodedEvent(item, env.cursors());
            if (delivered.add(text, update.revision())) {
                texts.add(text);
            }
        }
        return new PreparedUpdate(update, texts, env.cursors());
    }

    private void judge(Notice notice, PreparedUpdate batch) {
        if (notice instanceof Notice.Paused paused) {
            of(paused.userIds(), batch).forEach(s -> {
                audiences.leave(s);
                s.hold(Hold.SUSPECT);
            });
        } else if (notice instanceof Notice.Resumed resumed) {
            of(resumed.userIds(), batch).forEach(s -> {
                s.unhold(Hold.SUSPECT);
                audiences.release(s, this);
            });
        } else if (notice instanceof Notice.FreshnessChanged changed) {
            freshness = changed.freshness();
        } else if (notice instanceof Notice.ResyncNeeded needed) {
            ResyncRecorder.thread(env.metrics(), threadId, needed.resync(), subscriptions.size());
        } else if (notice instanceof Notice.Ended ended) {
            of(ended.userIds(), batch).forEach(s -> end(s, ended.reason()));
        }
    }

    /** Subscriptions of these users that began before the update; one not answered yet has its own proof coming. */
    private List<Subscription> of(Set<String> userIds, PreparedUpdate batch) {
        return subscriptions.values().stream()
                .filter(s -> userIds.contains(s.userId()))
                .filter(s -> !s.holding(Hold.ANSWER) && s.revision() < batch.revision())
                .toList();
    }
}
