package dev.chatgateway.poll.source;

import dev.chatgateway.upstream.ChatServiceException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Users whom the service refused as subscribers of a thread (403 or 404) a moment ago. A user who subscribes again
 * within {@link #LIFE_MS} gets the same failure without a call. Holds at most {@link #MAX_ENTRIES}; an entry that is
 * dropped early costs one more call. Used on the poller's context.
 */
public final class RecentRefusals {
    /** Short, as another client of the service may add the user to the thread at any moment. */
    public static final long LIFE_MS = 3_000;

    private static final int MAX_ENTRIES = 10_000;

    /** Oldest refusal first. */
    private final Map<Key, Refusal> refusals = new LinkedHashMap<>();

    private record Key(String userId, String threadId) {}

    private record Refusal(ChatServiceException why, long until) {}

    /** Whether the failure means that the user is not a participant, or that the thread does not exist. */
    public static boolean refusesParticipant(ChatServiceException why) {
        return why.kind() == ChatServiceException.Kind.REFUSED && (why.status() == 403 || why.status() == 404);
    }

    /** Remembers the failure if it {@link #refusesParticipant}. */
    public void remember(String userId, String threadId, ChatServiceException why, long now) {
        if (!refusesParticipant(why)) {
            return;
        }
        Key key = new Key(userId, threadId);
        refusals.remove(key);
        refusals.put(key, new Refusal(why, now + LIFE_MS));
        Iterator<Refusal> oldest = refusals.values().iterator();
        while (oldest.hasNext() && (oldest.next().until <= now || refusals.size() > MAX_ENTRIES)) {
            oldest.remove();
        }
    }

    /** The failure that the user got within the last {@link #LIFE_MS}. */
    public Optional<ChatServiceException> find(String userId, String threadId, long now) {
        return Optional.ofNullable(refusals.get(new Key(userId, threadId)))
                .filter(refusal -> now < refusal.until)
                .map(Refusal::why);
    }

    /** Removes the entry of a user who was added to the thread. */
    public void forget(String userId, String threadId) {
        refusals.remove(new Key(userId, threadId));
    }

    /** Number of entries, expired ones included. */
    public int size() {
        return refusals.size();
    }
}
