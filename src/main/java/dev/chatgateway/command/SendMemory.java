package dev.chatgateway.command;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The sends of this node by client message id, for ten minutes each: so that the same id again posts nothing again.
 * Bounded for each user and altogether. What has no room is the oldest of a user's own ids: a resend of it that says
 * {@code retry} is still found in the thread. Called from all event loops; one short lock.
 */
final class SendMemory {
    /** About 400 bytes each. */
    static final int MAX_ENTRIES = 100_000;

    /** The service takes 300 messages of ten minutes in a thread: three threads that are written to without a pause. */
    static final int MAX_OF_USER = 1_000;

    private final Timers timers;
    private final GatewayMetrics metrics;

    /** Oldest first. Guarded by this. */
    private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>();

    /** The same by user, oldest first; users without entries are not in it. Guarded by this. */
    private final Map<String, LinkedHashMap<Key, Entry>> ofUsers = new HashMap<>();

    SendMemory(Timers timers, GatewayMetrics metrics) {
        this.timers = timers;
        this.metrics = metrics;
    }

    /** What is known of an id. */
    sealed interface Claim {
        /**
         * The caller sends it, and must end it.
         *
         * @param doubtful whether it may have been sent before, so that the caller finds out first
         * @param attempted whether this node has made an attempt that the service may have carried out
         * @param endedMs when that attempt, or one that the client told of, had ended for the gateway at the latest, by
         *     {@link Timers#nowMs}; the service may carry it out later
         */
        record Own(Entry entry, boolean doubtful, boolean attempted, long endedMs) implements Claim {}

        /** Somebody sends it, or has sent it: the caller waits for that result, which completes on any thread. */
        record Follow(Future<JsonObject> result) implements Claim {}
    }

    /** One send. ParamFields guarded by the memory. */
    static final class Entry {
        private final Key key;
        private final long createdMs;
        private Promise<JsonObject> result = Promise.promise();
        private boolean doubtful;
        private boolean attempted;
        private long endedMs;

        private Entry(Key key, long now) {
            this.key = key;
            this.createdMs = now;
            this.endedMs = now;
        }
    }

    synchronized Claim claim(Draft draft) {
        long now = timers.nowMs();
        forget(now);
        Key key = new Key(draft.token().userId(), draft.threadId(), draft.clientMessageId());
        Entry known = entries.get(key);
        if (known == null) {
            makeRoom(key.userId);
            Entry entry = new Entry(key, now);
            entries.put(key, entry);
            ofUsers.computeIfAbsent(key.userId, user -> new LinkedHashMap<>()).put(key, entry);
            return new Claim.Own(entry, false, false, now);
        }
        if (!known.doubtful) {
            return new Claim.Follow(known.result.future());
        }
        known.doubtful = false;
        known.result = Promise.promise();
        return new Claim.Own(known, true, known.attempted, known.endedMs);
    }

    void done(Entry entry, JsonObject result) {
        promise(entry).tryComplete(result);
    }

    /** It was not sent, nor ever before: the next one with this id starts anew. */
    void failed(Entry entry, Throwable failure) {
        Promise<JsonObject> promise;
        synchronized (this) {
            if (entries.remove(entry.key, entry)) {
                removeOfUser(entry);
            }
            promise = entry.result;
        }
        promise.tryFail(failure);
    }

    /**
     * It may have been sent, now or earlier: the next one with this id finds out.
     *
     * @param attempted whether this send has made an attempt of its own
     */
    void doubted(Entry entry, Throwable failure, boolean attempted) {
        Promise<JsonObject> promise;
        synchronized (this) {
            entry.doubtful = true;
            entry.attempted |= attempted;
            entry.endedMs = attempted ? timers.nowMs() : entry.endedMs;
            promise = entry.result;
        }
        promise.tryFail(failure);
    }

    /** How many ids are remembered. */
    synchronized int size() {
        return entries.size();
    }

    private synchronized Promise<JsonObject> promise(Entry entry) {
        return entry.result;
    }

    private void forget(long now) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext()) {
            Entry entry = oldest.next();
            if (entry.createdMs + SentMessages.REACH_MS > now) {
                return;
            }
            oldest.remove();
            removeOfUser(entry);
        }
    }

    /** When all room is used, who has at least the average gives way himself; others take the place of the oldest. */
    private void makeRoom(String userId) {
        LinkedHashMap<Key, Entry> own = ofUsers.get(userId);
        int used = own == null ? 0 : own.size();
        boolean full = entries.size() >= MAX_ENTRIES;
        if (used < MAX_OF_USER && !full) {
            return;
        }
        metrics.limitHit("clientMessageIds");
        boolean large = own != null && (used >= MAX_OF_USER || (long) used * ofUsers.size() >= entries.size());
        Entry given = large ? first(Objects.requireNonNull(own)) : first(entries);
        entries.remove(given.key);
        removeOfUser(given);
    }

    private static Entry first(Map<Key, Entry> of) {
        return of.values().iterator().next();
    }

    private void removeOfUser(Entry entry) {
        ofUsers.computeIfPresent(entry.key.userId, (user, own) -> {
            own.remove(entry.key);
            return own.isEmpty() ? null : own;
        });
    }

    private record Key(String userId, String threadId, String clientMessageId) {}
}
