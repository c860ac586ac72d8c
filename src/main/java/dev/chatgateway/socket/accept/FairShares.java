package dev.chatgateway.socket.accept;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * Divides a bounded capacity fairly between owners, which are client addresses. While there is free capacity no owner is
 * limited. When there is none, an owner that holds less than the largest owner gets a share, and the oldest share of the
 * largest owner is evicted. The largest owner itself gets a new share only in place of an overdue one of its own.
 * Thread-safe.
 */
public final class FairShares {
    /** Above this fraction of the capacity the hold limit shrinks. It reaches its minimum when the capacity is used up. */
    private static final double SCARCE = 0.5;

    /** The hold limit never falls below this, so that a client on a slow network can authenticate. */
    private static final long MIN_HOLD_MS = 2_000;

    private static final long EVICTION_INTERVAL_MS = 1_000;

    private final LongSupplier capacity;
    private final LongSupplier holdMs;
    private final Map<String, Owner> owners = new HashMap<>();
    private final TreeSet<Owner> bySize =
            new TreeSet<>(Comparator.<Owner>comparingLong(owner -> owner.size).thenComparing(owner -> owner.name));
    private long total;
    private long lastEvictionMs;

    /**
     * @param capacity sum of all shares at most; read on each call
     * @param holdMs milliseconds after which a share is overdue while capacity is not scarce
     */
    public FairShares(LongSupplier capacity, LongSupplier holdMs) {
        this.capacity = capacity;
        this.holdMs = holdMs;
    }

    /** A part of the capacity. Guarded by the lock of the {@link FairShares} that it belongs to. */
    public static final class Share {
        private final Runnable onEvict;
        private Owner owner;
        private long size;
        private long sinceMs;
        private boolean proven;
        private boolean released;

        private Share(Owner owner, long size, long sinceMs, Runnable onEvict) {
            this.owner = owner;
            this.size = size;
            this.sinceMs = sinceMs;
            this.onEvict = onEvict;
        }
    }

    private static final class Owner {
        private final String name;
        private final LinkedHashSet<Share> shares = new LinkedHashSet<>();
        private long size;

        private Owner(String name) {
            this.name = name;
        }
    }

    /**
     * Acquires a share.
     *
     * @param onEvict called once, on any thread, after the share was evicted; it must end whatever uses the share
     * @return empty if the capacity is used up and the owner is the largest already
     */
    public Optional<Share> acquire(String owner, long size, long nowMs, Runnable onEvict) {
        List<Share> evicted = new ArrayList<>();
        Optional<Share> acquired;
        synchronized (this) {
            evictOverdue(nowMs, evicted);
            Share share = new Share(new Owner(owner), size, nowMs, onEvict);
            attach(share, owner);
            makeRoom(share, nowMs, evicted);
            acquired = share.released ? Optional.empty() : Optional.of(share);
        }
        evicted.forEach(other -> other.onEvict.run());
        return acquired;
    }

    /** Changes the size of a share. False if there is no capacity for it; the share is released then. */
    boolean resize(Share share, long size, long nowMs) {
        List<Share> evicted = new ArrayList<>();
        boolean kept;
        synchronized (this) {
            if (share.released) {
                return false;
            }
            addSize(share.owner, size - share.size);
            share.size = size;
            makeRoom(share, nowMs, evicted);
            kept = !share.released;
        }
        evicted.forEach(other -> other.onEvict.run());
        return kept;
    }

    /**
     * Transfers the share to another owner.
     *
     * @param proven whether the owner is a user whose token the service has accepted; such shares are never overdue
     */
    synchronized void transfer(Share share, String owner, boolean proven) {
        if (!share.released && !share.owner.name.equals(owner)) {
            detach(share);
            attach(share, owner);
        }
        share.proven = proven;
    }

    /** Restarts the hold time of the share. */
    synchronized void touch(Share share, long nowMs) {
        if (!share.released) {
            share.sinceMs = nowMs;
            share.owner.shares.remove(share);
            share.owner.shares.add(share);
        }
    }

    /** Releases the share. False if it was evicted or released before. */
    public synchronized boolean release(Share share) {
        if (share.released) {
            return false;
        }
        detach(share);
        share.released = true;
        return true;
    }

    /** The sum of all shares. */
    synchronized long total() {
        return total;
    }

    /** Whether so much of the capacity is used that the hold limit has begun to shrink. */
    synchronized boolean isScarce() {
        return usedFraction() > SCARCE;
    }

    /** Milliseconds after which a share is overdue at the present use of the capacity. */
    synchronized long holdLimitMs() {
        long full = holdMs.getAsLong();
        double left = Math.min(1, Math.max(0, (1 - usedFraction()) / (1 - SCARCE)));
        return Math.min(full, Math.max(MIN_HOLD_MS, (long) (full * left)));
    }

    private void evictOverdue(long nowMs, List<Share> evicted) {
        if (nowMs - lastEvictionMs < EVICTION_INTERVAL_MS || !isScarce()) {
            return;
        }
        lastEvictionMs = nowMs;
        long beforeMs = nowMs - holdLimitMs();
        owners.values().forEach(owner -> owner.shares.stream()
                .filter(share -> share.sinceMs <= beforeMs && !share.proven)
                .forEach(evicted::add));
        evicted.forEach(this::release);
    }

    private double usedFraction() {
        return (double) total / Math.max(1, capacity.getAsLong());
    }

    private void makeRoom(Share requested, long nowMs, List<Share> evicted) {
        while (total > capacity.getAsLong() && !requested.released) {
            Owner largest = bySize.last();
            boolean own = largest.size <= requested.owner.size;
            Share oldest = (own ? requested.owner : largest).shares.iterator().next();
            if (own && (oldest == requested || nowMs - oldest.sinceMs < holdLimitMs())) {
                release(requested);
            } else {
                release(oldest);
                evicted.add(oldest);
            }
        }
    }

    private void attach(Share share, String name) {
        Owner owner = owners.computeIfAbsent(name, Owner::new);
        share.owner = owner;
        owner.shares.add(share);
        addSize(owner, share.size);
    }

    private void detach(Share share) {
        Owner owner = share.owner;
        owner.shares.remove(share);
        addSize(owner, -share.size);
        if (owner.shares.isEmpty()) {
            bySize.remove(owner);
            owners.remove(owner.name);
        }
    }

    private void addSize(Owner owner, long size) {
        // The set is ordered by size: an owner must not change while it is in it.
        bySize.remove(owner);
        owner.size += size;
        total += size;
        bySize.add(owner);
    }
}
