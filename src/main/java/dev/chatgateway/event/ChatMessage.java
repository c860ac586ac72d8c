package dev.chatgateway.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One state of a message as the service lists it. A state is known by (thread, id, version).
 *
 * @param id arrival time in epoch milliseconds, unique in its thread
 * @param version epoch milliseconds of the last change; equal to the id until the first
 * @param senderId raw id; null for system messages
 * @param text content of text and html; null for system messages and once deleted
 * @param topic new topic of a topicUpdated message
 * @param participants whom a participantAdded or participantRemoved message is about
 * @param initiatorId raw id of who caused a system message
 */
public record ChatMessage(
        String id,
        long version,
        MessageType type,
        Instant createdOn,
        @Nullable String senderId,
        String senderDisplayName,
        @Nullable String text,
        @Nullable String topic,
        List<Participant> participants,
        @Nullable String initiatorId,
        @Nullable String attachments,
        @Nullable Instant editedOn,
        @Nullable Instant deletedOn,
        Map<String, String> metadata) {

    /** The id as a number: the time that visibility is judged by, in epoch milliseconds. */
    public long arrivedAt() {
        return Long.parseLong(id);
    }

    /** Whether the sender has deleted the message. */
    public boolean deleted() {
        return deletedOn != null;
    }

    /** Whether the message has changed since it arrived, deletion aside. */
    public boolean edited() {
        return editedOn != null && deletedOn == null;
    }

    /** Without the content, so that the record can be logged. */
    @Override
    public String toString() {
        return "ChatMessage[id=" + id + ", version=" + version + ", type=" + type + "]";
    }
}
