package dev.chatgateway.upstream.quota;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * This node's part of the windows of each thread that several nodes of a cluster use. One half of a window is divided
 * evenly, so that each node can call whatever happens to the others; the other half is the leader's, which gives permits
 * from it ({@link RemoteQuota}). A part shrinks at once. It grows a minute later, after the longest window: calls of the
 * node that had it before are counted for so long. A thread that only this node uses is not in here. Any thread.
 */
public final class QuotaShares {
    private static final long WINDOW_MS = 60_000;

    /** The part of a window that is divided evenly. */
    private static final double EVEN = 0.5;

    private final Map<String, Use> uses = new ConcurrentHashMap<>();
    private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
    private final LongSupplier millis;
    private volatile @Nullable RemoteQuota remote;

    /** @param millis the time, in milliseconds */
    public QuotaShares(LongSupplier millis) {
        this.millis = millis;
    }

    /**
     * {@code before} until {@code untilMs}, then {@code part}.
     *
     * @param leads whether this node leads the thread
     */
    private record Use(double part, double before, long untilMs, boolean leads) {
        double at(long now) {
            return now < untilMs ? before : part;
        }
    }

    /** When a thread's use may be removed, unless other nodes use it again. */
    private record Ending(String threadId, long atMs) {}

    /**
     * From now on so many nodes use the thread, this one among them.
     *
     * @param leads whether this node leads it, and so gives permits to the others
     */
    public void share(String threadId, int users, boolean leads) {
        share(threadId, users, leads, 0);
    }

    /**
     * From now on this node leads a thread that another has led. It may use at once what that node has left, but no less
     * than the even part of a follower.
     *
     * @param users how many nodes use it, this one among them, as far as is known
     * @param nodes how many nodes there are; each of them may use its even part
     * @param used what the leader before it has used, 0 to 1; as a follower that node may use its even part in any case
     */
    public void takeOver(String threadId, int users, int nodes, double used) {
        int all = Math.max(2, nodes);
        double left = 1 - EVEN * (all - 2) / all - Math.max(used, EVEN / all);
        // A node that has not followed the thread has no part of it yet.
        uses.putIfAbsent(threadId, new Use(EVEN / all, EVEN / all, millis.getAsLong(), false));
        share(threadId, users, true, left);
    }

    private void share(String threadId, int users, boolean leads, double atOnce) {
        long now = millis.getAsLong();
        removeEnded(now);
        Use next = uses.compute(threadId, (id, use) -> next(use, users, leads, atOnce, now));
        if (next != null && users <= 1) {
            endings.add(new Ending(threadId, next.untilMs));
        }
    }

    private static @Nullable Use next(@Nullable Use use, int users, boolean leads, double atOnce, long now) {
        double part = users <= 1 ? 1 : EVEN / users + (leads ? 1 - EVEN : 0);
        double before = use == null ? 1 : use.at(now);
        if (use == null && users <= 1) {
            return null;
        } else if (part <= before) {
            return users <= 1 ? null : new Use(part, part, now, leads);
        } else if (use != null && use.part == part && use.leads == leads) {
            return use;
        }
        return new Use(part, Math.max(before, Math.min(part, atOnce)), now + WINDOW_MS, leads);
    }

    /** This node's part of a thread's windows, above 0 to 1; 1 without a thread. */
    double part(@Nullable String threadId) {
        if (threadId == null || uses.isEmpty()) {
            return 1;
        }
        Use use = uses.get(threadId);
        return use == null ? 1 : use.at(millis.getAsLong());
    }

    /** Where this node gets permits for calls of the thread; null if it leads the thread, and without a cluster. */
    @Nullable
    RemoteQuota remote(String threadId) {
        Use use = uses.get(threadId);
        return use != null && use.leads ? null : remote;
    }

    /** Whether this node has its own part of the thread's windows; else another node may have the whole of them. */
    boolean known(String threadId) {
        return uses.containsKey(threadId);
    }

    /** From now on permits of other nodes come from there. */
    public void connect(RemoteQuota quota) {
        remote = quota;
    }

    /** How many threads are known, for tests. */
    int size() {
        return uses.size();
    }

    private void removeEnded(long now) {
        Ending ending = endings.peek();
        while (ending != null && ending.atMs <= now) {
            endings.remove(ending);
            uses.computeIfPresent(ending.threadId, (id, use) -> use.at(now) >= 1 ? null : use);
            ending = endings.peek();
        }
    }
}
