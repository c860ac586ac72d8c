package dev.chatgateway.event;

import java.util.Arrays;
import java.util.Optional;

/** The message types of the chat service. Clients write the first two, the service itself writes the others. */
public enum MessageType {
    TEXT("text", "Text", Subject.CONTENT),
    HTML("html", "RichText/Html", Subject.CONTENT),
    TOPIC_UPDATED("topicUpdated", "ThreadActivity/TopicUpdate", Subject.TOPIC),
    PARTICIPANT_ADDED("participantAdded", "ThreadActivity/AddMember", Subject.MEMBERSHIP),
    PARTICIPANT_REMOVED("participantRemoved", "ThreadActivity/DeleteMember", Subject.MEMBERSHIP);

    private final String restName;
    private final String eventName;
    private final Subject subject;

    MessageType(String restName, String eventName, Subject subject) {
        this.restName = restName;
        this.eventName = eventName;
        this.subject = subject;
    }

    /** What a message is about. */
    private enum Subject {
        CONTENT,
        TOPIC,
        MEMBERSHIP
    }

    /** The name in REST bodies. */
    public String restName() {
        return restName;
    }

    /** The name in events of the official client. */
    public String eventName() {
        return eventName;
    }

    /** Whether the service writes messages of this type. They become events of the thread, not of a message. */
    public boolean system() {
        return switch (subject) {
            case CONTENT -> false;
            case TOPIC, MEMBERSHIP -> true;
        };
    }

    /** Whether the message reports that participants joined or left. */
    public boolean membership() {
        return switch (subject) {
            case CONTENT, TOPIC -> false;
            case MEMBERSHIP -> true;
        };
    }

    /** The type with that REST name; empty for a name that this gateway does not know. */
    public static Optional<MessageType> ofRestName(String name) {
        return Arrays.stream(values()).filter(t -> t.restName.equals(name)).findFirst();
    }
}
