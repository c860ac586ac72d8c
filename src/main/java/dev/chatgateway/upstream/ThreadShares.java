package dev.chatgateway.upstream;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;

/**
 * How many nodes of a cluster use the windows that the service keeps for a thread: each fills an equal part at most. A
 * part grows a minute, the longest window, after a node has gone, as its calls are counted for so long. Threads that
 * only this node uses are not in it, so a single node pays nothing for it. Any thread.
 */
public final class ThreadShares {
    private static final long WINDOW_MS = 60_000;

    private final Map<String, Use> uses = new ConcurrentHashMap<>();
    private final Queue<Ending> endings = new ConcurrentLinkedQueue<>();
    private final LongSupplier millis;

    /** @param millis the time, in milliseconds */
    public ThreadShares(LongSupplier millis) {
        this.millis = millis;
    }

    /** From {@code untilMs} on {@code users} nodes; {@code before} until then. */
    private record Use(int users, int before, long untilMs) {
        int at(long now) {
            return now < untilMs ? before : users;
        }
    }

    /** When a thread's use may be forgotten, unless there are other users again. */
    private record Ending(String threadId, long atMs) {}

    /** From now on so many nodes use the thread, this one among them. */
    public void share(String threadId, int users) {
        long now = millis.getAsLong();
        forget(now);
        Use next = uses.compute(threadId, (id, use) -> {
            int before = use == null ? 1 : use.at(now);
            long untilMs = before > users ? now + WINDOW_MS : now;
            return before <= 1 && users <= 1 ? null : new Use(users, before, untilMs);
        });
        if (next != null && next.users <= 1) {
            endings.add(new Ending(threadId, next.untilMs));
        }
    }

    /** The part of the thread's windows that is this node's, above 0 to 1. */
    double part(String threadId) {
        if (uses.isEmpty()) {
            return 1;
        }
        Use use = uses.get(threadId);
        return use == null ? 1 : 1.0 / use.at(millis.getAsLong());
    }

    /** How many threads are known, for tests. */
    int size() {
        return uses.size();
    }

    private void forget(long now) {
        Ending ending = endings.peek();
        while (ending != null && ending.atMs <= now) {
            endings.remove(ending);
            uses.computeIfPresent(ending.threadId, (id, use) -> use.at(now) <= 1 ? null : use);
            ending = endings.peek();
        }
    }
}
