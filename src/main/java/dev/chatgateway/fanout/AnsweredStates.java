package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.PublishedStates;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The states of messages that the answer to a subscribe showed and that the poller had not published then. They are not
 * delivered again. Bounded by the messages of one answer; mostly empty, so two arrays and no map. Lives on the hub's loop.
 */
final class AnsweredStates {
    private static final long[] NONE = {};

    private long[] ids = NONE;
    private long[] versions = NONE;

    /** Remembers those states of an answer that the poller may still publish. */
    void add(Map<Long, Long> states, PublishedStates published) {
        ids = states.entrySet().stream()
                .filter(e -> !published.has(e.getKey(), e.getValue()))
                .mapToLong(Map.Entry::getKey)
                .sorted()
                .toArray();
        versions = Arrays.stream(ids).map(states::get).toArray();
    }

    /** Id to version of the states. */
    Map<Long, Long> all() {
        Map<Long, Long> all = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            all.put(ids[i], versions[i]);
        }
        return all;
    }

    boolean isEmpty() {
        return ids.length == 0;
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

    private static long[] without(long[] all, int at) {
        if (all.length == 1) {
            return NONE;
        }
        long[] shorter = Arrays.copyOf(all, all.length - 1);
        System.arraycopy(all, at + 1, shorter, at, shorter.length - at);
        return shorter;
    }
}
