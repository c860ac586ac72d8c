package dev.chatgateway.poll.source;

import dev.chatgateway.upstream.ChatServiceException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Users whom the service has just refused as subscribers of a thread (403 or 404). A user who asks again within {@link
 * #LIFE_MS} gets the same answer without a call. Bounded: beyond {@link #KEPT} the oldest entry is forgotten, which costs
 * one more question. Lives on the poller's context.
 */
public final class RecentRefusals {
    /** Short, as a user may be added at any moment, also past the gateway. */
    public static final long LIFE_MS = 3_000;

    private static final int KEPT = 10_000;

    /** The oldest first. */
    private final Map<Key, Refusal> refusals = new LinkedHashMap<>();

    private record Key(String userId, String threadId) {}

    private record Refusal(ChatServiceException why, long until) {}

    /** Whether a failure says that the user is no participant of the thread, or that there is no such thread. */
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
        while (oldest.hasNext() && (oldest.next().until <= now || refusals.size() > KEPT)) {
            oldest.remove();
        }
    }

    /** The answer that the user got a moment ago. */
    public Optional<ChatServiceException> of(String userId, String threadId, long now) {
        return Optional.ofNullable(refusals.get(new Key(userId, threadId)))
                .filter(refusal -> now < refusal.until)
                .map(Refusal::why);
    }

    /** The user was added to the thread. */
    public void forget(String userId, String threadId) {
        refusals.remove(new Key(userId, threadId));
    }

    /** Entries that are kept. */
    public int size() {
        return refusals.size();
    }
}
