package dev.chatgateway.socket;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Connections of this node, in all and by proven user. Shared by all loops; any thread. */
public final class UserConnections {
    private final int limit;
    private final int perUser;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong serial = new AtomicLong();
    private final ConcurrentHashMap<String, Integer> users = new ConcurrentHashMap<>();

    public UserConnections(int limit, int perUser) {
        this.limit = limit;
        this.perUser = perUser;
    }

    /** Takes a place on the node; false when it is full. */
    boolean enter() {
        if (open.incrementAndGet() <= limit) {
            return true;
        }
        open.decrementAndGet();
        return false;
    }

    /** A name for a connection, unique in this process. */
    String name() {
        return "c" + serial.incrementAndGet();
    }

    /** Gives the place back. */
    void leave() {
        open.decrementAndGet();
    }

    /** Counts a connection for a user whose token the service has accepted; false when it has too many. */
    boolean admit(String userId) {
        int count = users.merge(userId, 1, Integer::sum);
        if (count <= perUser) {
            return true;
        }
        dismiss(userId);
        return false;
    }

    /** The user's connection has ended. */
    void dismiss(String userId) {
        users.computeIfPresent(userId, (id, count) -> count == 1 ? null : count - 1);
    }
}
