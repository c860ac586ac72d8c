package dev.chatgateway.event;

import java.util.Arrays;
import java.util.Optional;

/** The kinds of message that the chat service knows; the last three are written by the service itself. */
public enum MessageType {
    TEXT("text", "Text"),
    HTML("html", "RichText/Html"),
    TOPIC_UPDATED("topicUpdated", "ThreadActivity/TopicUpdate"),
    PARTICIPANT_ADDED("participantAdded", "ThreadActivity/AddMember"),
    PARTICIPANT_REMOVED("participantRemoved", "ThreadActivity/DeleteMember");

    private final String restName;
    private final String eventName;

    MessageType(String restName, String eventName) {
        this.restName = restName;
        this.eventName = eventName;
    }

    /** The name in REST bodies. */
    public String restName() {
        return restName;
    }

    /** The name in events of the official client. */
    public String eventName() {
        return eventName;
    }

    /** Whether the service wrote the message itself: such messages become thread events. */
    public boolean system() {
        return this != TEXT && this != HTML;
    }

    /** Whether the message says that participants joined or left. */
    public boolean membership() {
        return this == PARTICIPANT_ADDED || this == PARTICIPANT_REMOVED;
    }

    /** The type of that REST name; empty for one that this gateway does not know. */
    public static Optional<MessageType> ofRestName(String name) {
        return Arrays.stream(values()).filter(t -> t.restName.equals(name)).findFirst();
    }
}
