package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import java.util.Arrays;
import java.util.Map;

/**
 * The states of messages that one connection was shown by an answer or a replay, and that the poller may still find by
 * itself: new ones soon, changes of old ones whenever the sweep comes by. They are not shown again. Bounded by what one
 * answer or replay holds; mostly empty, so two arrays and no map. Lives on the hub's loop.
 */
final class ShownStates {
    private static final long[] NONE = {};

    private long[] ids = NONE;
    private long[] versions = NONE;

    /** Remembers those states of an answer that the poller may not have published yet. */
    void add(Map<Long, Long> states, long publishedTo) {
        long[] kept = states.entrySet().stream()
                .filter(e -> e.getValue() > e.getKey() || e.getValue() > publishedTo)
                .mapToLong(Map.Entry::getKey)
                .sorted()
                .toArray();
        ids = kept;
        versions = Arrays.stream(kept).map(states::get).toArray();
    }

    /** Remembers one state. */
    void add(ChatMessage message) {
        int at = Arrays.binarySearch(ids, message.arrivedAt());
        if (at >= 0) {
            versions[at] = Math.max(versions[at], message.version());
        } else {
            ids = inserted(ids, -at - 1, message.arrivedAt());
            versions = inserted(versions, -at - 1, message.version());
        }
    }

    boolean isEmpty() {
        return ids.length == 0;
    }

    /** Whether one is newer than that, so that the poller will bring it soon. */
    boolean newerThan(long version) {
        return Arrays.stream(versions).anyMatch(v -> v > version);
    }

    /** Whether that state, or a newer one of its message, was shown. */
    boolean has(ChatMessage message) {
        int at = Arrays.binarySearch(ids, message.arrivedAt());
        return at >= 0 && versions[at] >= message.version();
    }

    /** A state has come from the poller: it can't come again. */
    void passed(ChatMessage message) {
        int at = ids.length == 0 ? -1 : Arrays.binarySearch(ids, message.arrivedAt());
        if (at >= 0 && versions[at] <= message.version()) {
            ids = without(ids, at);
            versions = without(versions, at);
        }
    }

    private static long[] inserted(long[] all, int at, long value) {
        long[] longer = Arrays.copyOf(all, all.length + 1);
        System.arraycopy(all, at, longer, at + 1, all.length - at);
        longer[at] = value;
        return longer;
    }

    private static long[] without(long[] all, int at) {
        if (all.length == 1) {
            return NONE;
        }
        long[] shorter = Arrays.copyOf(all, all.length - 1);
        System.arraycopy(all, at + 1, shorter, at, shorter.length - at);
        return shorter;
    }
}
