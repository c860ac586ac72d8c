package dev.chatgateway.chatproxy;

import dev.chatgateway.config.LiveConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Limits concurrent calls below {@code /chat}. A call counts for the client address until the service has accepted its
 * token, and for the user after that. Calls with unproven tokens leave a part of the slots to proven users. The bodies
 * of all calls have a common limit. Thread-safe.
 */
final class CallSlots {
    /** Each call uses two connections and some buffers. */
    private static final int MAX_CALLS = 2_000;

    private static final int MAX_UNPROVEN = MAX_CALLS / 2;
    private static final long HEAP_FRACTION = 8;

    private final LiveConfig live;
    private final Map<String, Integer> addresses = new HashMap<>();
    private final Map<String, Integer> users = new HashMap<>();
    private final long maxBytes = Runtime.getRuntime().maxMemory() / HEAP_FRACTION;
    private int calls;
    private int unproven;
    private long bytes;

    CallSlots(LiveConfig live) {
        this.live = live;
    }

    /** The slot of one call. */
    final class Slot {
        private Map<String, Integer> counts;
        private String owner;
        private long reserved;
        private boolean released;

        private Slot(Map<String, Integer> counts, String owner) {
            this.counts = counts;
            this.owner = owner;
        }

        /**
         * Assigns the call to the user, after the service has accepted the token. False if the user has too many calls.
         */
        boolean assignToUser(String userId) {
            synchronized (CallSlots.this) {
                if (released || counts == users) {
                    return true;
                }
                if (users.getOrDefault(userId, 0) >= live.limits().userCallsAtOnce()) {
                    return false;
                }
                decrement(counts, owner);
                unproven--;
                counts = users;
                owner = userId;
                users.merge(userId, 1, Integer::sum);
                return true;
            }
        }

        /** Reserves memory for the body; false if there is none. */
        boolean reserveBytes(long length) {
            synchronized (CallSlots.this) {
                if (bytes + length > maxBytes) {
                    return false;
                }
                reserved += length;
                bytes += length;
                return true;
            }
        }

        /** Releases the slot. Later calls have no effect. */
        void release() {
            synchronized (CallSlots.this) {
                if (released) {
                    return;
                }
                released = true;
                calls--;
                bytes -= reserved;
                decrement(counts, owner);
                if (counts == addresses) {
                    unproven--;
                }
            }
        }
    }

    /** Whether all slots are in use. */
    synchronized boolean isFull() {
        return calls >= MAX_CALLS;
    }

    /**
     * Acquires a slot for a call with an unproven token. Empty if the address, or all addresses together, have too many
     * calls.
     */
    synchronized Optional<Slot> acquire(String address) {
        if (calls >= MAX_CALLS
                || unproven >= MAX_UNPROVEN
                || addresses.getOrDefault(address, 0) >= live.limits().unprovenCallsAtOnce()) {
            return Optional.empty();
        }
        calls++;
        unproven++;
        addresses.merge(address, 1, Integer::sum);
        return Optional.of(new Slot(addresses, address));
    }

    /** Acquires a slot for a call with a proven token. Empty if the user has too many calls. */
    synchronized Optional<Slot> acquireProven(String userId) {
        if (calls >= MAX_CALLS || users.getOrDefault(userId, 0) >= live.limits().userCallsAtOnce()) {
            return Optional.empty();
        }
        calls++;
        users.merge(userId, 1, Integer::sum);
        return Optional.of(new Slot(users, userId));
    }

    private static void decrement(Map<String, Integer> counts, String owner) {
        counts.computeIfPresent(owner, (name, count) -> count == 1 ? null : count - 1);
    }
}
