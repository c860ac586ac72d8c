package dev.chatgateway.socket.connection;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.socket.accept.FairShares;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts the connections of this node, in total and by user, and limits the rate of upgrades and the rate of requests
 * of each user. One instance for all event loops. Thread-safe.
 */
public final class UserConnections {
    /** By default all connections of a user together may send this fraction of the sum of their own limits. */
    private static final int USER_RATE_DIVISOR = 4;

    private static final int MAX_USERS_WITHOUT_CONNECTION = 100_000;
    private static final Duration FORGET_AFTER = Duration.ofMinutes(1);

    private final LiveConfig live;
    private final TokenBucket handshakes;
    private final AtomicInteger authenticated = new AtomicInteger();
    private final FairShares unauthenticated;
    private final AtomicLong serial = new AtomicLong();
    private final ConcurrentHashMap<String, UserEntry> users = new ConcurrentHashMap<>();
    private final Cache<String, TokenBucket> withoutConnection = Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(MAX_USERS_WITHOUT_CONNECTION)
            .expireAfterAccess(FORGET_AFTER)
            .build();

    public UserConnections(LiveConfig live, long nowMs) {
        this.live = live;
        int rate = live.limits().handshakesPerSecond();
        handshakes = new TokenBucket(rate, rate, nowMs);
        unauthenticated = new FairShares(
                () -> Math.max(0, live.limits().connections() - authenticated.get()),
                () -> live.limits().authenticateSeconds() * 1000L);
    }

    /** Number of connections and shared rate limit of one user. */
    private record UserEntry(int connections, TokenBucket requests) {}

    /**
     * A slot of the node's connection limit. Until its client has authenticated it may be evicted for another address.
     * Thread-safe.
     */
    public final class Slot {
        private FairShares.@Nullable Share share;
        private @Nullable Runnable onEvict;
        private boolean counted;
        private boolean released;

        /** Sets the task that runs after the slot was evicted. Runs it at once if that has happened. */
        void onEvicted(Runnable task) {
            boolean evicted;
            synchronized (this) {
                onEvict = task;
                evicted = released;
            }
            if (evicted) {
                task.run();
            }
        }

        private void evict() {
            Runnable task;
            synchronized (this) {
                released = true;
                task = onEvict;
            }
            if (task != null) {
                task.run();
            }
        }

        /** The client has authenticated: the slot can no longer be evicted. False if it was evicted before. */
        synchronized boolean authenticated() {
            if (released || (share != null && !unauthenticated.release(share))) {
                return false;
            }
            share = null;
            counted = true;
            authenticated.incrementAndGet();
            return true;
        }

        /** Releases the slot. Later calls have no effect. */
        synchronized void release() {
            if (released) {
                return;
            }
            released = true;
            if (counted) {
                authenticated.decrementAndGet();
            } else if (share != null) {
                unauthenticated.release(share);
            }
        }
    }

    /** Whether the node takes a new connection. */
    public sealed interface Admission {
        /** The connection has the slot, and must release it. */
        record Admitted(Slot slot) implements Admission {}

        /**
         * Refuse with 503, which corresponds to close code 1013 (docs/protocol.md, close codes).
         *
         * @param reason label for metrics
         */
        record Busy(String reason, String message) implements Admission {}
    }

    /**
     * Admits a WebSocket or a stream within the limits of the node.
     *
     * @param draining whether the node is about to end
     * @param onEvict runs when the slot is evicted later
     */
    public Admission admit(String address, boolean draining, long nowMs, Runnable onEvict) {
        if (draining) {
            return new Admission.Busy("draining", "connections: this node is about to end");
        } else if (handshakeDelayMs(nowMs) > 0) {
            return new Admission.Busy("handshakesPerSecond", "connections: too many at once");
        }
        return acquire(address, nowMs, onEvict)
                .<Admission>map(Admission.Admitted::new)
                .orElseGet(() -> new Admission.Busy("nodeFull", "connections: this node is full"));
    }

    /**
     * Acquires a slot for an upgrade; empty if the node is full. Among clients that have not authenticated the address
     * with the most connections loses its oldest one first.
     *
     * @param onEvict runs when the slot is evicted later
     */
    public Optional<Slot> acquire(String address, long nowMs, Runnable onEvict) {
        Slot slot = new Slot();
        Optional<FairShares.Share> share = unauthenticated.acquire(address, 1, nowMs, () -> {
            onEvict.run();
            slot.evict();
        });
        synchronized (slot) {
            slot.share = share.orElse(null);
        }
        return share.map(acquired -> slot);
    }

    /**
     * Takes a token for one upgrade from the rate limit of the node.
     *
     * @return 0 if the upgrade is allowed; otherwise milliseconds until it would be
     */
    private long handshakeDelayMs(long nowMs) {
        int rate = live.limits().handshakesPerSecond();
        handshakes.setRate(rate, rate);
        return handshakes.tryTake(nowMs);
    }

    /** An id for a new connection, unique in this process. */
    String nextId() {
        return "c" + serial.incrementAndGet();
    }

    /**
     * Adds a connection of a user whose token the service has accepted.
     *
     * @return the rate limit that all connections of the user share; empty if the user has too many connections
     */
    Optional<TokenBucket> add(String userId, long nowMs) {
        UserEntry entry = users.compute(
                userId,
                (id, before) -> before == null
                        ? new UserEntry(1, withoutConnection.get(id, user -> newBucket(nowMs)))
                        : new UserEntry(before.connections + 1, before.requests));
        if (entry.connections <= live.limits().connectionsPerUser()) {
            return Optional.of(entry.requests);
        }
        remove(userId);
        return Optional.empty();
    }

    /**
     * The rate limit of a user's requests, for one that comes without a connection. The node forgets a limit that was
     * not used for a minute, when it would be full again.
     */
    TokenBucket requests(String userId, long nowMs) {
        UserEntry entry = users.get(userId);
        return entry == null ? withoutConnection.get(userId, id -> newBucket(nowMs)) : entry.requests;
    }

    /** Removes a connection of the user. */
    void remove(String userId) {
        users.computeIfPresent(
                userId,
                (id, entry) -> entry.connections == 1 ? null : new UserEntry(entry.connections - 1, entry.requests));
    }

    private TokenBucket newBucket(long nowMs) {
        GatewayConfig.Limits limits = live.limits();
        long defaultRate = (long) limits.requestsPerSecond() * limits.connectionsPerUser() / USER_RATE_DIVISOR;
        int rate = limits.userRequestsPerSecond() == 0
                ? (int) Math.min(Integer.MAX_VALUE / 2, Math.max(limits.requestsPerSecond(), defaultRate))
                : limits.userRequestsPerSecond();
        return new TokenBucket(rate, 2 * rate, nowMs);
    }
}
