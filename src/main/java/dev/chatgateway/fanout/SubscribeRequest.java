package dev.chatgateway.fanout;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.UserToken;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of the method {@code subscribe}.
 *
 * @param token the connection's own token
 * @param groups the event groups that the client asks for
 * @param cursor of the last event that the client has; null for a first subscription
 * @param limit number of messages in the result, newest first; 0 for none
 */
public record SubscribeRequest(
        String threadId,
        UserToken token,
        Set<EventGroup> groups,
        @Nullable String cursor,
        int limit) {}
