package dev.chatgateway.fanout;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.UserToken;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The method {@code subscribe}.
 *
 * @param token the connection's own
 * @param groups which events are wanted
 * @param cursor where the client stopped; null for a first subscription
 * @param limit first messages wanted in the answer, newest first; 0 for none
 */
public record SubscribeRequest(
        String threadId,
        UserToken token,
        Set<EventGroup> groups,
        @Nullable String cursor,
        int limit) {}
