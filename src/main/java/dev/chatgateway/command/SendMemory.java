package dev.chatgateway.command;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.LinkedHashMap;

/**
 * The sends of this node by client message id, for ten minutes each: so that the same id again posts nothing again.
 * Called from all event loops; one short lock.
 */
final class SendMemory {
    /** About 300 bytes each; beyond it the oldest is forgotten, and a resend of it that says {@code retry} still found. */
    private static final int MAX_ENTRIES = 100_000;

    private final Timers timers;
    private final GatewayMetrics metrics;

    /** Oldest first. Guarded by this. */
    private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>();

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
         * @param endedMs when the last attempt had ended for the gateway, by {@link Timers#nowMs}; the service may
         *     carry it out later; now, when this node knows of none
         */
        record Own(Entry entry, boolean doubtful, long endedMs) implements Claim {}

        /** Somebody sends it, or has sent it: the caller waits for that result, which completes on any thread. */
        record Follow(Future<JsonObject> result) implements Claim {}
    }

    /** One send. Fields guarded by the memory. */
    static final class Entry {
        private final Key key;
        private final long createdMs;
        private Promise<JsonObject> result = Promise.promise();
        private long endedMs;
        private boolean doubtful;

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
            Entry entry = new Entry(key, now);
            entries.put(key, entry);
            return new Claim.Own(entry, false, now);
        }
        if (!known.doubtful) {
            return new Claim.Follow(known.result.future());
        }
        known.doubtful = false;
        known.result = Promise.promise();
        return new Claim.Own(known, true, known.endedMs);
    }

    void done(Entry entry, JsonObject result) {
        promise(entry).tryComplete(result);
    }

    /** It was not sent: the next one with this id starts anew. */
    void failed(Entry entry, Throwable failure) {
        Promise<JsonObject> promise;
        synchronized (this) {
            entries.remove(entry.key, entry);
            promise = entry.result;
        }
        promise.tryFail(failure);
    }

    /**
     * It may have been sent: the next one with this id finds out.
     *
     * @param attempted whether this send has made an attempt of its own
     */
    void doubted(Entry entry, Throwable failure, boolean attempted) {
        Promise<JsonObject> promise;
        synchronized (this) {
            entry.doubtful = true;
            entry.endedMs = attempted ? timers.nowMs() : entry.endedMs;
            promise = entry.result;
        }
        promise.tryFail(failure);
    }

    private synchronized Promise<JsonObject> promise(Entry entry) {
        return entry.result;
    }

    private void forget(long now) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext()) {
            boolean old = oldest.next().createdMs + SentMessages.REACH_MS <= now;
            if (!old && entries.size() < MAX_ENTRIES) {
                return;
            }
            if (!old) {
                metrics.limitHit("clientMessageIds");
            }
            oldest.remove();
        }
    }

    private record Key(String userId, String threadId, String clientMessageId) {}
}
