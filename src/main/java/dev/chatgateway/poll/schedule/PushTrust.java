package dev.chatgateway.poll.schedule;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ThreadUpdate.Item;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether pushes announce all that is written in a thread, so that it need not be polled often. Trust comes with pushes
 * that agree with what polls find, and goes with the first message that a poll finds and no push announces in time. Lives
 * on the poller's context.
 */
public final class PushTrust {
    /** A push may come so much later than its change is found. */
    private static final long MARGIN_MS = 10_000;
    /** Agreements in a row before pushes are trusted. */
    private static final int NEEDED = 3;
    /** Announcements kept; more than come within the margin from a thread at the service's limits. */
    private static final int KEPT = 128;

    /** Message id to the version announced; 0 where the push did not say. Oldest first. */
    private final Map<Long, Long> announced = new LinkedHashMap<>();
    /** Message id to the time of a change that a poll found and no push has announced yet. */
    private final Map<Long, Long> unannounced = new HashMap<>();

    private int agreed;

    /** A push has named a message. */
    public void announced(long id, long version) {
        if (unannounced.remove(id) != null) {
            agreed++;
        }
        announced.remove(id);
        announced.put(id, version);
        if (announced.size() > KEPT) {
            Iterator<Long> oldest = announced.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** A poll has found changes. */
    public void found(List<Item> items, long now) {
        for (Item item : items) {
            item.event().messageState().ifPresent(message -> found(message, now));
        }
    }

    private void found(ChatMessage message, long now) {
        Long version = announced.get(message.arrivedAt());
        if (version != null && (version == 0 || version >= message.version())) {
            agreed++;
        } else if (unannounced.size() < KEPT) {
            unannounced.putIfAbsent(message.arrivedAt(), Math.min(now, message.version()));
        }
    }

    /** Whether changes should have been announced by now that were not: then pushes are not trusted any more. */
    public boolean disagrees(long now) {
        boolean missing = unannounced.values().removeIf(at -> now - at > MARGIN_MS);
        if (missing) {
            agreed = 0;
        }
        return missing;
    }

    /** Whether polls may be rare: not while an announcement is still to come. */
    public boolean trusted() {
        return agreed >= NEEDED && unannounced.isEmpty();
    }
}
