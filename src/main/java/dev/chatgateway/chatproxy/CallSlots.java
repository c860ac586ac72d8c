package dev.chatgateway.chatproxy;

import dev.chatgateway.config.LiveConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Calls below {@code /chat} that are under way. Before the service has accepted its token a call counts for its client's
 * address, of which there may be few, and all of these together leave a part to those of proven users. The bodies of all
 * calls have a common bound. Any thread.
 */
final class CallSlots {
    /** Each call holds two connections and some buffers. */
    private static final int MOST = 2_000;

    private static final int MOST_UNPROVEN = MOST / 2;
    private static final long HEAP_PART = 8;

    private final LiveConfig live;
    private final Map<String, Integer> addresses = new HashMap<>();
    private final Map<String, Integer> users = new HashMap<>();
    private final long mostBytes = Runtime.getRuntime().maxMemory() / HEAP_PART;
    private int open;
    private int unproven;
    private long bytes;

    CallSlots(LiveConfig live) {
        this.live = live;
    }

    /** One call. */
    final class Slot {
        private Map<String, Integer> counted;
        private String owner;
        private long held;
        private boolean released;

        private Slot(Map<String, Integer> counted, String owner) {
            this.counted = counted;
            this.owner = owner;
        }

        /** The service has accepted its token: it counts for the user. False if there are too many of the user's. */
        boolean proven(String userId) {
            synchronized (CallSlots.this) {
                if (released || counted == users) {
                    return true;
                }
                if (users.getOrDefault(userId, 0) >= live.limits().userCallsAtOnce()) {
                    return false;
                }
                less(counted, owner);
                unproven--;
                counted = users;
                owner = userId;
                users.merge(userId, 1, Integer::sum);
                return true;
            }
        }

        /** Has room for a body of that length; false if there is none. */
        boolean hold(long length) {
            synchronized (CallSlots.this) {
                if (bytes + length > mostBytes) {
                    return false;
                }
                held += length;
                bytes += length;
                return true;
            }
        }

        /** The call is over; once is enough. */
        void release() {
            synchronized (CallSlots.this) {
                if (released) {
                    return;
                }
                released = true;
                open--;
                bytes -= held;
                less(counted, owner);
                if (counted == addresses) {
                    unproven--;
                }
            }
        }
    }

    /** Whether there is no room for anybody's call. */
    synchronized boolean full() {
        return open >= MOST;
    }

    /** A slot for a call whose token nothing has proven; empty if there are too many of the address, or of all addresses. */
    synchronized Optional<Slot> enter(String address) {
        if (open >= MOST
                || unproven >= MOST_UNPROVEN
                || addresses.getOrDefault(address, 0) >= live.limits().unprovenCallsAtOnce()) {
            return Optional.empty();
        }
        open++;
        unproven++;
        addresses.merge(address, 1, Integer::sum);
        return Optional.of(new Slot(addresses, address));
    }

    /** A slot for a call whose token the service has accepted before; empty if there are too many of the user's. */
    synchronized Optional<Slot> enterProven(String userId) {
        if (open >= MOST || users.getOrDefault(userId, 0) >= live.limits().userCallsAtOnce()) {
            return Optional.empty();
        }
        open++;
        users.merge(userId, 1, Integer::sum);
        return Optional.of(new Slot(users, userId));
    }

    private static void less(Map<String, Integer> counts, String owner) {
        counts.computeIfPresent(owner, (name, count) -> count == 1 ? null : count - 1);
    }
}
