package dev.chatgateway.fanout;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.UserToken;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of the method {@code subscribe}.
 *
 * @param token the connection's own token
 * @param groups the event groups that the client asks for
 * @param include the parts of the thread's state that the result has, and each {@code resync}
 * @param cursor of the last event that the client has; null for a first subscription
 * @param limit number of messages in the result, newest first; 0 for none
 */
public record SubscribeRequest(
        String threadId,
        UserToken token,
        Set<EventGroup> groups,
        Set<Part> include,
        @Nullable String cursor,
        int limit) {
    /** A request without state. */
    public SubscribeRequest(
            String threadId, UserToken token, Set<EventGroup> groups, @Nullable String cursor, int limit) {
        this(threadId, token, groups, Set.of(), cursor, limit);
    }
}
