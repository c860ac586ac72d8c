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
 * Divides a bounded whole between owners (client addresses) that take shares of it. While there is room nobody is
 * limited. When there is none, the owner with the most gives way to one that has less: its oldest share is ended. Who has
 * the most itself gets another share only for one of its own that is overdue. Any thread.
 */
public final class FairShares {
    /** From this part of the whole on, time limits shrink; they are shortest when all of it is taken. */
    private static final double SHORT = 0.5;

    /** Never shorter, so that a client on a slow network can sign in. */
    private static final long SHORTEST_MS = 2_000;

    private final LongSupplier most;
    private final LongSupplier limitMs;
    private final Map<String, Owner> owners = new HashMap<>();
    private final TreeSet<Owner> bySize =
            new TreeSet<>(Comparator.<Owner>comparingLong(owner -> owner.size).thenComparing(owner -> owner.name));
    private long total;
    private long sweptMs;

    /**
     * @param most the whole, asked each time
     * @param limitMs how long a share may be held before it is overdue, as long as there is room
     */
    public FairShares(LongSupplier most, LongSupplier limitMs) {
        this.most = most;
        this.limitMs = limitMs;
    }

    /** A part of the whole. Guarded by the shares that it belongs to. */
    public static final class Share {
        private final Runnable end;
        private Owner owner;
        private long size;
        private long sinceMs;
        private boolean proven;
        private boolean gone;

        private Share(Owner owner, long size, long sinceMs, Runnable end) {
            this.owner = owner;
            this.size = size;
            this.sinceMs = sinceMs;
            this.end = end;
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
     * Takes a share.
     *
     * @param end ends whoever holds it, so that it is free for others; called from any thread, once, after which the share
     *     is no longer counted
     * @return empty if there is no room and the owner has the most already
     */
    public Optional<Share> enter(String owner, long size, long nowMs, Runnable end) {
        List<Share> ended = new ArrayList<>();
        Optional<Share> taken;
        synchronized (this) {
            sweep(nowMs, ended);
            Share share = new Share(new Owner(owner), size, nowMs, end);
            put(share, owner);
            makeRoom(share, nowMs, ended);
            taken = share.gone ? Optional.empty() : Optional.of(share);
        }
        ended.forEach(other -> other.end.run());
        return taken;
    }

    /** The share is larger or smaller now; false if there is no room for it, and it is no longer counted. */
    boolean resize(Share share, long size, long nowMs) {
        List<Share> ended = new ArrayList<>();
        boolean kept;
        synchronized (this) {
            if (share.gone) {
                return false;
            }
            grow(share.owner, size - share.size);
            share.size = size;
            makeRoom(share, nowMs, ended);
            kept = !share.gone;
        }
        ended.forEach(other -> other.end.run());
        return kept;
    }

    /**
     * The share belongs to somebody else.
     *
     * @param proven whether the owner is known for certain: such shares are never overdue
     */
    synchronized void move(Share share, String owner, boolean proven) {
        if (!share.gone && !share.owner.name.equals(owner)) {
            take(share);
            put(share, owner);
        }
        share.proven = proven;
    }

    /** The time of the share begins anew. */
    synchronized void renew(Share share, long nowMs) {
        if (!share.gone) {
            share.sinceMs = nowMs;
            share.owner.shares.remove(share);
            share.owner.shares.add(share);
        }
    }

    /** Gives the share back; false if it had been ended before. */
    public synchronized boolean leave(Share share) {
        if (share.gone) {
            return false;
        }
        take(share);
        share.gone = true;
        return true;
    }

    /** How much is taken. */
    synchronized long total() {
        return total;
    }

    /** Whether so much is taken that time limits have begun to shrink. */
    synchronized boolean scarce() {
        return used() > SHORT;
    }

    /** How long a share may be held now. */
    synchronized long limitMs() {
        long full = limitMs.getAsLong();
        double left = Math.min(1, Math.max(0, (1 - used()) / (1 - SHORT)));
        return Math.min(full, Math.max(SHORTEST_MS, (long) (full * left)));
    }

    /** Ends what is overdue, once a second at most and only where there is little room. */
    private void sweep(long nowMs, List<Share> ended) {
        if (nowMs - sweptMs < 1_000 || !scarce()) {
            return;
        }
        sweptMs = nowMs;
        long beforeMs = nowMs - limitMs();
        owners.values().forEach(owner -> owner.shares.stream()
                .filter(share -> share.sinceMs <= beforeMs && !share.proven)
                .forEach(ended::add));
        ended.forEach(this::leave);
    }

    private double used() {
        return (double) total / Math.max(1, most.getAsLong());
    }

    private void makeRoom(Share wanted, long nowMs, List<Share> ended) {
        while (total > most.getAsLong() && !wanted.gone) {
            Owner largest = bySize.last();
            boolean own = largest.size <= wanted.owner.size;
            Share oldest = (own ? wanted.owner : largest).shares.iterator().next();
            if (own && (oldest == wanted || nowMs - oldest.sinceMs < limitMs())) {
                leave(wanted);
            } else {
                leave(oldest);
                ended.add(oldest);
            }
        }
    }

    private void put(Share share, String name) {
        Owner owner = owners.computeIfAbsent(name, Owner::new);
        share.owner = owner;
        owner.shares.add(share);
        grow(owner, share.size);
    }

    private void take(Share share) {
        Owner owner = share.owner;
        owner.shares.remove(share);
        grow(owner, -share.size);
        if (owner.shares.isEmpty()) {
            bySize.remove(owner);
            owners.remove(owner.name);
        }
    }

    private void grow(Owner owner, long by) {
        bySize.remove(owner);
        owner.size += by;
        total += by;
        bySize.add(owner);
    }
}
