package dev.chatgateway.upstream.quota;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * This node's part of the windows that the service keeps for a thread, where several nodes of a cluster use them. One
 * half is divided evenly, so that each node can call whatever happens to the others; the other half is the reading
 * node's, which lends of it ({@link Lender}). A part shrinks at once and grows a minute later, after the longest window,
 * as calls of whoever had it are counted for so long. Threads that only this node uses are not in it, so a single node
 * pays nothing for it. Any thread.
 */
public final class QuotaShares {
    private static final long WINDOW_MS = 60_000;

    /** What is divided evenly. */
    private static final double EVEN = 0.5;

    private final Map<String, Use> uses = new ConcurrentHashMap<>();
    private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
    private final LongSupplier millis;
    private volatile @Nullable Lender lender;

    /** @param millis the time, in milliseconds */
    public QuotaShares(LongSupplier millis) {
        this.millis = millis;
    }

    /**
     * From {@code untilMs} on {@code part}; {@code before} until then.
     *
     * @param reads whether this node reads the thread
     */
    private record Use(double part, double before, long untilMs, boolean reads) {
        double at(long now) {
            return now < untilMs ? before : part;
        }
    }

    /** When a thread's use may be forgotten, unless there are other users again. */
    private record Ending(String threadId, long atMs) {}

    /**
     * From now on so many nodes use the thread, this one among them.
     *
     * @param reads whether this node reads it, and so lends to the others
     */
    public void share(String threadId, int users, boolean reads) {
        share(threadId, users, reads, 0);
    }

    /**
     * From now on this node reads a thread that another has read.
     *
     * @param users how many nodes use it, this one among them, as far as is known
     * @param spare what of the windows is this node's at once; see {@link #spare}
     */
    public void takeOver(String threadId, int users, double spare) {
        share(threadId, users, true, spare);
    }

    /**
     * What of a thread's windows is left for the node that reads it from now on.
     *
     * @param used what the one before has used, 0 to 1; it may use its even part all the same, now that it follows
     * @param nodes how many there are; each may use its even part
     */
    public static double spare(double used, int nodes) {
        int all = Math.max(2, nodes);
        return Math.max(0, 1 - EVEN * (all - 2) / all - Math.max(used, EVEN / all));
    }

    private void share(String threadId, int users, boolean reads, double spare) {
        long now = millis.getAsLong();
        forget(now);
        Use next = uses.compute(threadId, (id, use) -> next(use, users, reads, spare, now));
        if (next != null && users <= 1) {
            endings.add(new Ending(threadId, next.untilMs));
        }
    }

    private static @Nullable Use next(@Nullable Use use, int users, boolean reads, double spare, long now) {
        double part = users <= 1 ? 1 : EVEN / users + (reads ? 1 - EVEN : 0);
        double before = use == null ? 1 : use.at(now);
        if (use == null && users <= 1) {
            return null;
        } else if (part <= before) {
            return users <= 1 ? null : new Use(part, part, now, reads);
        } else if (use != null && use.part == part && use.reads == reads) {
            return use;
        }
        return new Use(part, Math.max(before, Math.min(part, spare)), now + WINDOW_MS, reads);
    }

    /** The part of a thread's windows that is this node's, above 0 to 1; 1 without a thread. */
    double part(@Nullable String threadId) {
        if (threadId == null || uses.isEmpty()) {
            return 1;
        }
        Use use = uses.get(threadId);
        return use == null ? 1 : use.at(millis.getAsLong());
    }

    /** Whom this node may ask for calls of the thread; null where it reads the thread for others, and without a cluster. */
    @Nullable
    Lender lender(String threadId) {
        Use use = uses.get(threadId);
        return use != null && use.reads ? null : lender;
    }

    /** Whether this node knows of a part of its own in the thread's windows: else another may have the whole of them. */
    boolean known(String threadId) {
        return uses.containsKey(threadId);
    }

    /** Where other nodes are asked from now on. */
    public void borrowFrom(Lender others) {
        lender = others;
    }

    /** How many threads are known, for tests. */
    int size() {
        return uses.size();
    }

    private void forget(long now) {
        Ending ending = endings.peek();
        while (ending != null && ending.atMs <= now) {
            endings.remove(ending);
            uses.computeIfPresent(ending.threadId, (id, use) -> use.at(now) >= 1 ? null : use);
            ending = endings.peek();
        }
    }
}
