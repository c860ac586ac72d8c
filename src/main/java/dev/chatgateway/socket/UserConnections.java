package dev.chatgateway.socket;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Connections of this node, in all and by proven user, the rate at which they come, and the rate of requests that all
 * connections of a user share. Shared by all loops; any thread.
 */
public final class UserConnections {
    /** Unless configured, a user's connections may together send a part of what each of them may. */
    private static final int PART = 4;

    private final LiveConfig live;
    private final TokenBucket handshakes;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong serial = new AtomicLong();
    private final ConcurrentHashMap<String, Seat> users = new ConcurrentHashMap<>();

    public UserConnections(LiveConfig live, long nowMs) {
        this.live = live;
        int rate = live.limits().handshakesPerSecond();
        handshakes = new TokenBucket(rate, rate, nowMs);
    }

    /** What the connections of one user share. */
    private record Seat(int connections, TokenBucket requests) {}

    /** Takes a place on the node; false when it is full. */
    boolean enter() {
        if (open.incrementAndGet() <= live.limits().connections()) {
            return true;
        }
        open.decrementAndGet();
        return false;
    }

    /** Milliseconds until the next connection may come; zero means that this one may. */
    long handshake(long nowMs) {
        int rate = live.limits().handshakesPerSecond();
        handshakes.rate(rate, rate);
        return handshakes.take(nowMs);
    }

    /** A name for a connection, unique in this process. */
    String name() {
        return "c" + serial.incrementAndGet();
    }

    /** Gives the place back. */
    void leave() {
        open.decrementAndGet();
    }

    /**
     * Counts a connection for a user whose token the service has accepted; the result is the bucket that all its requests
     * are taken from, empty when the user has too many connections.
     */
    Optional<TokenBucket> admit(String userId, long nowMs) {
        Seat seat = users.compute(
                userId,
                (id, before) -> before == null
                        ? new Seat(1, bucket(nowMs))
                        : new Seat(before.connections + 1, before.requests));
        if (seat.connections <= live.limits().connectionsPerUser()) {
            return Optional.of(seat.requests);
        }
        dismiss(userId);
        return Optional.empty();
    }

    /** The user's connection has ended. */
    void dismiss(String userId) {
        users.computeIfPresent(
                userId, (id, seat) -> seat.connections == 1 ? null : new Seat(seat.connections - 1, seat.requests));
    }

    private TokenBucket bucket(long nowMs) {
        GatewayConfig.Limits limits = live.limits();
        long natural = (long) limits.requestsPerSecond() * limits.connectionsPerUser() / PART;
        int rate = limits.userRequestsPerSecond() == 0
                ? (int) Math.min(Integer.MAX_VALUE / 2, Math.max(limits.requestsPerSecond(), natural))
                : limits.userRequestsPerSecond();
        return new TokenBucket(rate, 2 * rate, nowMs);
    }
}
