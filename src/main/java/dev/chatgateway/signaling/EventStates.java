package dev.chatgateway.signaling;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import java.util.Optional;

/** What sessions ask of events. Stateless. */
final class EventStates {
    private EventStates() {}

    /** The message whose state an event is, if it is one. */
    static Optional<ChatMessage> message(ChatEvent event) {
        if (event instanceof ChatEvent.MessageReceived e) {
            return Optional.of(e.message());
        } else if (event instanceof ChatEvent.MessageEdited e) {
            return Optional.of(e.message());
        } else if (event instanceof ChatEvent.MessageDeleted e) {
            return Optional.of(e.message());
        }
        return Optional.empty();
    }

    /** Whether an event goes to a user: the sender gets its own events back, typing aside. */
    static boolean concerns(ChatEvent event, String userId) {
        return !(event instanceof ChatEvent.TypingIndicator typing)
                || !typing.senderId().equals(userId);
    }

    /** Whether an event means nothing to a client that is not connected now. */
    static boolean brief(ChatEvent event) {
        return event instanceof ChatEvent.TypingIndicator;
    }
}
