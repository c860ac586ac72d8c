package dev.chatgateway.signaling.wire;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.RecentStates;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The message states that a session was given last. The client shows a state as often as it is pushed, and a subscription
 * that resumes may bring states of the overlap again. Bounded: the oldest is forgotten. Owned by the session's event loop.
 */
public final class DeliveredVersions {
    private static final int MOST = 512;
    private static final int FIRST = 16;

    private long[] messages = new long[0];
    private long[] versions = new long[0];
    private int size;
    private int next;
    private long newestVersion = Long.MIN_VALUE;

    /** Whether the session was given this state before, or a newer one of its message. */
    public boolean has(ChatEvent event) {
        return event.messageState()
                .map(message -> message.version() <= newestVersion && has(key(event, message), message.version()))
                .orElse(false);
    }

    /** Remembers an event that the session is given. */
    public void add(ChatEvent event) {
        event.messageState().ifPresent(message -> {
            State state = new State(key(event, message), message.version());
            if (message.arrivedAt() > newestVersion) {
                // No state of a message is older than its arrival: nothing is known of this one, and no search is
                // needed.
                put(state.message(), state.version());
            } else {
                add(state);
            }
        });
    }

    /** Remembers a state that {@link #since} has listed, say on another node. */
    public void add(State state) {
        int at = find(state.message());
        if (at >= 0) {
            versions[at] = Math.max(versions[at], state.version());
            newestVersion = Math.max(newestVersion, state.version());
        } else {
            put(state.message(), state.version());
        }
    }

    /**
     * A message's state.
     *
     * @param message a hash of thread and message
     */
    public record State(long message, long version) {}

    /** The states of at least this version. */
    public List<State> since(long version) {
        return IntStream.range(0, size)
                .filter(i -> versions[i] >= version)
                .mapToObj(i -> new State(messages[i], versions[i]))
                .toList();
    }

    private static long key(ChatEvent event, ChatMessage message) {
        return RecentStates.hash(message.arrivedAt(), event.threadId().hashCode());
    }

    private boolean has(long key, long version) {
        for (int i = 0; i < size; i++) {
            if (messages[i] == key && versions[i] >= version) {
                return true;
            }
        }
        return false;
    }

    private int find(long key) {
        for (int i = 0; i < size; i++) {
            if (messages[i] == key) {
                return i;
            }
        }
        return -1;
    }

    private void put(long key, long version) {
        int at = next;
        if (size < MOST) {
            at = size++;
            if (at == messages.length) {
                int length = Math.max(FIRST, Math.min(MOST, at * 2));
                messages = Arrays.copyOf(messages, length);
                versions = Arrays.copyOf(versions, length);
            }
        } else {
            next = (next + 1) % MOST;
        }
        messages[at] = key;
        versions[at] = version;
        newestVersion = Math.max(newestVersion, version);
    }
}
