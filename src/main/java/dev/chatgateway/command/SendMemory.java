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
 * The sends of this node by client message id, for ten minutes each, so that a repeated id posts nothing again. Bounded
 * per user and in total. Above a limit the oldest entry goes, of the same user if that user has many; a resend of such an
 * id with {@code retry} is still found in the thread. No general cache: at a limit the oldest entry of the same user
 * goes first. Called from all event loops; one short lock.
 */
final class SendMemory {
    /** About 400 bytes each. */
    static final int MAX_ENTRIES = 100_000;

    /** The service accepts 300 messages in ten minutes per thread: enough for three threads at that rate. */
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

    /** What a send with an id has to do. */
    sealed interface Claim {
        /**
         * The caller sends the message and must complete the entry.
         *
         * @param doubtful whether the message may have been sent before, so that the caller searches for it first
         * @param attempted whether an attempt of this node may have been executed by the service
         * @param endedMs when that attempt had ended for the gateway at the latest, by {@link Timers#nowMs}; the service may
         *     execute it later
         */
        record Own(Entry entry, boolean doubtful, boolean attempted, long endedMs) implements Claim {}

        /** Another request sends the message or has sent it; the result completes on any thread. */
        record Follow(Future<JsonObject> result) implements Claim {}
    }

    /** One send. Its fields are guarded by the memory. */
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
        removeExpired(now);
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

    /** The message was never sent: the next request with this id starts anew. */
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
     * The message may have been sent, now or earlier: the next request with this id searches for it first.
     *
     * @param attempted whether this send has made an attempt
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

    /** Number of entries. */
    synchronized int size() {
        return entries.size();
    }

    private synchronized Promise<JsonObject> promise(Entry entry) {
        return entry.result;
    }

    private void removeExpired(long now) {
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

    /** At a limit, removes the oldest entry: of this user if it has at least the average number, else of all. */
    private void makeRoom(String userId) {
        LinkedHashMap<Key, Entry> own = ofUsers.get(userId);
        int used = own == null ? 0 : own.size();
        boolean full = entries.size() >= MAX_ENTRIES;
        if (used < MAX_OF_USER && !full) {
            return;
        }
        metrics.limitHit("clientMessageIds");
        boolean large = own != null && (used >= MAX_OF_USER || (long) used * ofUsers.size() >= entries.size());
        Entry removed = large ? first(Objects.requireNonNull(own)) : first(entries);
        entries.remove(removed.key);
        removeOfUser(removed);
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
