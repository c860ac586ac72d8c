package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of messages that are older than the window. From {@link #reach} up it is exact: a message that is not
 * remembered as changed is unchanged since it arrived, so that only changed ones cost memory. Bounded: when full, the
 * oldest is forgotten and the reach rises above it. Not thread safe.
 */
final class OldStates {
    /** Changed messages remembered; 8 KB at most. */
    static final int MOST = 512;

    private static final int FIRST = 8;
    /** Messages below the reach that were read by themselves. */
    private static final int MOST_POKED = 64;
    /** So much may the service's clock be behind: rather an edit from before the watch is told than one after it lost. */
    private static final long CLOCKS_MS = 60_000;

    private static final long[] NONE = {};
    private static final Comparator<ChatMessage> ORDER =
            Comparator.comparingLong(ChatMessage::version).thenComparingLong(ChatMessage::arrivedAt);

    private Map<Long, Long> poked = Collections.emptyMap();
    private long[] ids = NONE;
    private long[] versions = NONE;
    private int size;
    private long bound;
    private long reach;
    private long since;

    /** The window was filled anew: below its start nothing is exact; what was changed before now is no news. */
    void begin(long windowStart, long now) {
        resume(windowStart, now - CLOCKS_MS);
    }

    /** The same, with what was changed from then on as news. */
    void resume(long windowStart, long newsSince) {
        reach = Math.max(bound, windowStart);
        since = newsSince;
    }

    /** A message has left the window in its newest known state. */
    void left(long id, long version) {
        if (version > id) {
            remember(id, version);
        }
    }

    /** What changed from then on (epoch milliseconds) is news. */
    long since() {
        return since;
    }

    /** From this id (epoch milliseconds) on every change is told apart from what was told before. */
    long reach() {
        return reach;
    }

    /** Below this id nothing can be remembered any more. */
    long bound() {
        return bound;
    }

    /** A message was read by itself because somebody changed it; false when its state is no news. */
    boolean changed(long id, long version) {
        long known = Math.max(id, Math.max(versionOf(id), poked.getOrDefault(id, -1L)));
        if (version <= known) {
            return false;
        }
        if (id >= reach) {
            remember(id, version);
        } else {
            if (poked.isEmpty()) {
                poked = new LinkedHashMap<>();
            }
            poked.put(id, version);
            if (poked.size() > MOST_POKED) {
                poked.remove(poked.keySet().iterator().next());
            }
        }
        return true;
    }

    /**
     * What has changed on a page, oldest change first. In a place that no page has shown before, what changed since the
     * watch began.
     */
    List<ChatMessage> compare(List<ChatMessage> page, long windowStart) {
        List<ChatMessage> news = new ArrayList<>();
        for (ChatMessage message : page) {
            long id = message.arrivedAt();
            long version = message.version();
            if (id < windowStart
                    && id >= bound
                    && version > id
                    && !message.type().system()) {
                Long once = poked.remove(id);
                long known = Math.max(versionOf(id), once == null ? -1 : once);
                if (version > (id >= reach ? known : Math.max(since, known))) {
                    news.add(message);
                }
                remember(id, Math.max(version, known));
            }
        }
        news.sort(ORDER);
        return news;
    }

    /** Pages without a hole have shown everything from the window down to this id. */
    void covered(long lowest) {
        reach = Math.max(bound, Math.min(reach, lowest));
    }

    /** Nothing below this id is looked at any more. */
    void end(long lowest) {
        reach = Math.max(reach, lowest);
    }

    private long versionOf(long id) {
        int at = Arrays.binarySearch(ids, 0, size, id);
        return at >= 0 ? versions[at] : -1;
    }

    private void remember(long id, long version) {
        if (id < bound) {
            return;
        }
        int at = Arrays.binarySearch(ids, 0, size, id);
        if (at >= 0) {
            versions[at] = Math.max(versions[at], version);
            return;
        }
        if (size == ids.length) {
            int grown = Math.min(MOST + 1, Math.max(FIRST, size * 2));
            ids = Arrays.copyOf(ids, grown);
            versions = Arrays.copyOf(versions, grown);
        }
        int to = -at - 1;
        System.arraycopy(ids, to, ids, to + 1, size - to);
        System.arraycopy(versions, to, versions, to + 1, size - to);
        ids[to] = id;
        versions[to] = version;
        if (++size > MOST) {
            bound = ids[0] + 1;
            reach = Math.max(reach, bound);
            size--;
            System.arraycopy(ids, 1, ids, 0, size);
            System.arraycopy(versions, 1, versions, 0, size);
        }
    }
}
