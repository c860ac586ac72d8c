package dev.chatgateway.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Updates of leaders that came during a poll of this node, applied after it. Applied during the poll, they would advance
 * the cursor that is returned to resuming subscribers without the events being replayed to them. Poller's context.
 */
final class DeferredUpdates {
    /** Of each thread. A poll lasts some calls, and the updates are those of that time. */
    private static final int MOST = 200;

    private final Map<String, List<Runnable>> waiting = new HashMap<>();

    /**
     * Keeps a task until the poll has ended.
     *
     * @param instead run in place of all tasks for which there is no room
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

    /** The poll has ended: runs the tasks in the order in which they came. */
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
