package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.socket.accept.FairShares;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Connections of this node, in all and by proven user, the rate at which they come, and the rate of requests that all
 * connections of a user share. Shared by all loops; any thread.
 */
public final class UserConnections {
    /** Unless configured, a user's connections may together send a part of what each of them may. */
    private static final int PART = 4;

    private final LiveConfig live;
    private final TokenBucket handshakes;
    private final AtomicInteger signedIn = new AtomicInteger();
    private final FairShares unsigned;
    private final AtomicLong serial = new AtomicLong();
    private final ConcurrentHashMap<String, Seat> users = new ConcurrentHashMap<>();

    public UserConnections(LiveConfig live, long nowMs) {
        this.live = live;
        int rate = live.limits().handshakesPerSecond();
        handshakes = new TokenBucket(rate, rate, nowMs);
        unsigned = new FairShares(
                () -> Math.max(0, live.limits().connections() - signedIn.get()),
                () -> live.limits().authenticateSeconds() * 1000L);
    }

    /** What the connections of one user share. */
    private record Seat(int connections, TokenBucket requests) {}

    /**
     * A place on the node, until it is given back or, before its client has signed in, given to somebody else. Any thread.
     */
    public final class Place {
        private FairShares.@Nullable Share share;
        private @Nullable Runnable task;
        private boolean signed;
        private boolean left;

        /** What is done when somebody else gets the place; at once if that has happened. */
        void whenEnded(Runnable todo) {
            boolean late;
            synchronized (this) {
                task = todo;
                late = left;
            }
            if (late) {
                todo.run();
            }
        }

        private void end() {
            Runnable todo;
            synchronized (this) {
                left = true;
                todo = task;
            }
            if (todo != null) {
                todo.run();
            }
        }

        /** Whoever has it has signed in, and keeps it; false if somebody else has got it. */
        synchronized boolean signedIn() {
            if (left || (share != null && !unsigned.leave(share))) {
                return false;
            }
            share = null;
            signed = true;
            signedIn.incrementAndGet();
            return true;
        }

        /** Gives it back; once is enough. */
        synchronized void leave() {
            if (left) {
                return;
            }
            left = true;
            if (signed) {
                signedIn.decrementAndGet();
            } else if (share != null) {
                unsigned.leave(share);
            }
        }
    }

    /**
     * Takes a place on the node; empty when it is full. Those who have not signed in give way to each other: the oldest of
     * the address with the most goes first.
     *
     * @param given told when a place is taken from somebody
     */
    public Optional<Place> enter(String address, long nowMs, Runnable given) {
        Place place = new Place();
        Optional<FairShares.Share> share = unsigned.enter(address, 1, nowMs, () -> {
            given.run();
            place.end();
        });
        synchronized (place) {
            place.share = share.orElse(null);
        }
        return share.map(taken -> place);
    }

    /** Milliseconds until the next connection may come; zero means that this one may. */
    public long handshake(long nowMs) {
        int rate = live.limits().handshakesPerSecond();
        handshakes.rate(rate, rate);
        return handshakes.take(nowMs);
    }

    /** A name for a connection, unique in this process. */
    String name() {
        return "c" + serial.incrementAndGet();
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
