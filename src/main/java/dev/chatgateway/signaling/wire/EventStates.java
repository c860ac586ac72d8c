package dev.chatgateway.signaling.wire;

import dev.chatgateway.event.ChatEvent;

/** What decides whether a session gets an event. Stateless. */
public final class EventStates {
    private EventStates() {}

    /** Whether an event goes to the client of a user. A user's own events do as well, except typing. */
    public static boolean concerns(ChatEvent event, String userId) {
        if (event instanceof ChatEvent.TypingStopped) {
            // The official client has no such event.
            return false;
        }
        return !(event instanceof ChatEvent.TypingIndicator typing)
                || !typing.senderId().equals(userId);
    }

    /** Whether an event is useless for a client that is not connected now. */
    public static boolean brief(ChatEvent event) {
        return !event.type().numbered();
    }
}
