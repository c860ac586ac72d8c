package dev.chatgateway.poll.state;

import dev.chatgateway.event.ThreadSnapshot.Typing;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The participants who are typing, and those whose stop is not published yet. Bounded by the participants of a small
 * thread. Lives on the poller's context.
 */
public final class TypingUsers {
    /** Official clients repeat the notification every 8 s while their user types; 2 s more for its way. */
    private static final long LIFE_MS = 10_000;
    /** Error of the known offset of the service's clock. */
    private static final long CLOCK_ERROR_MS = 1_000;

    /** Null while nobody types, as in most threads. */
    private @Nullable Map<String, Typing> typing;

    private Set<String> stopped = Set.of();
    private List<Typing> list = List.of();

    /** A typing notification of the user arrived. */
    public void add(String userId, String displayName, long now) {
        Map<String, Typing> all = typing == null ? new HashMap<>() : typing;
        typing = all;
        all.put(userId, new Typing(userId, displayName, Instant.ofEpochMilli(now + LIFE_MS)));
        if (stopped.contains(userId)) {
            stopped.remove(userId);
        }
        changed();
    }

    /**
     * A message of the user was found: it has stopped, unless the message is older than the notification.
     *
     * @param sentAt when the message was sent, by this node's clock, epoch milliseconds
     */
    public void sent(String userId, long sentAt) {
        Typing known = typing == null ? null : typing.get(userId);
        if (known != null && sentAt + CLOCK_ERROR_MS >= known.until().toEpochMilli() - LIFE_MS) {
            stop(userId);
        }
    }

    /** The user has stopped, or left. Does nothing if it did not type. */
    public void stop(String userId) {
        if (typing != null && typing.remove(userId) != null) {
            stopped = stopped.isEmpty() ? new HashSet<>() : stopped;
            stopped.add(userId);
            changed();
        }
    }

    /** Stops those of whom nothing was heard for too long. */
    public void expire(long now) {
        for (Typing one : list) {
            if (one.until().toEpochMilli() <= now) {
                stop(one.userId());
            }
        }
    }

    /** Users whose stop is not published yet. */
    public boolean anyStopped() {
        return !stopped.isEmpty();
    }

    /** Removes and returns the users whose stop is not published yet. */
    public Set<String> takeStopped() {
        Set<String> taken = stopped;
        stopped = Set.of();
        return taken;
    }

    /** When the next user is taken to have stopped, epoch milliseconds; MAX_VALUE if nobody types. */
    public long nextUntil() {
        return list.stream().mapToLong(one -> one.until().toEpochMilli()).min().orElse(Long.MAX_VALUE);
    }

    /** Who is typing, in the order of the ids. Immutable. */
    public List<Typing> list() {
        return list;
    }

    /** Whether nobody types and no stop is left to publish. */
    public boolean isEmpty() {
        return list.isEmpty() && stopped.isEmpty();
    }

    private void changed() {
        Map<String, Typing> all = typing;
        list = all == null
                ? List.of()
                : all.values().stream()
                        .sorted(Comparator.comparing(Typing::userId))
                        .toList();
        typing = list.isEmpty() ? null : all;
    }
}
