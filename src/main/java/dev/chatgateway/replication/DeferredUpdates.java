package dev.chatgateway.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What other nodes tell of a thread while it is read here, taken in after the reading: in the midst of it, it would be in
 * the position of those whom the reading answers, and in none of the events that lead them there. Poller's context.
 */
final class DeferredUpdates {
    /** For each thread; a reading lasts some calls, and what is told is news of that time. */
    private static final int MOST = 200;

    private final Map<String, List<Runnable>> waiting = new HashMap<>();

    /**
     * Keeps a task until the reading has ended.
     *
     * @param instead done in place of all for which there is no room
     * @return whether there was room
     */
    boolean add(String threadId, Runnable task, Runnable instead) {
        List<Runnable> tasks = waiting.computeIfAbsent(threadId, id -> new ArrayList<>(1));
        boolean room = tasks.size() < MOST;
        if (room) {
            tasks.add(task);
        } else {
            tasks.set(MOST - 1, instead);
        }
        return room;
    }

    /** The reading has ended: what waits is done in the order that it came. */
    void run(String threadId) {
        List<Runnable> tasks = waiting.remove(threadId);
        if (tasks != null) {
            tasks.forEach(Runnable::run);
        }
    }

    /** Nobody watches the thread any more. */
    void forget(String threadId) {
        waiting.remove(threadId);
    }
}
