package dev.chatgateway.upstream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many nodes of a cluster use the windows that the service keeps for a thread: each fills an equal part at most.
 * Threads that only this node uses are not in it, so a single node pays nothing for it. Any thread.
 */
public final class ThreadShares {
    private final Map<String, Integer> nodes = new ConcurrentHashMap<>();

    /** From now on so many nodes use the thread, this one among them. */
    public void share(String threadId, int users) {
        if (users <= 1) {
            nodes.remove(threadId);
        } else {
            nodes.put(threadId, users);
        }
    }

    /** The part of the thread's windows that is this node's, above 0 to 1. */
    double part(String threadId) {
        return nodes.isEmpty() ? 1 : 1.0 / nodes.getOrDefault(threadId, 1);
    }
}
