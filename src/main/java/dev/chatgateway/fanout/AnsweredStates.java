package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.PublishedStates;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The message states that a subscribe result listed and that the poller had not published by then. The poller may publish
 * them later; they are not delivered a second time. Holds at most the messages of one result and is empty for most
 * subscriptions, so it uses two sorted arrays instead of a map. Used on the hub's event loop only.
 */
final class AnsweredStates {
    private static final long[] NONE = {};

    private long[] ids = NONE;
    private long[] versions = NONE;

    /** Keeps those states (id to version) that the poller may still publish. */
    void add(Map<Long, Long> listed, PublishedStates published) {
        ids = listed.entrySet().stream()
                .filter(e -> !published.has(e.getKey(), e.getValue()))
                .mapToLong(Map.Entry::getKey)
                .sorted()
                .toArray();
        versions = Arrays.stream(ids).map(listed::get).toArray();
    }

    /** The states, id to version. */
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

    /** Whether the result listed that state or a newer state of the message. */
    boolean has(ChatMessage message) {
        int at = Arrays.binarySearch(ids, message.arrivedAt());
        return at >= 0 && versions[at] >= message.version();
    }

    /** The poller has published a state: it does not publish that state again, so it need not be kept. */
    void removePublished(ChatMessage message) {
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
