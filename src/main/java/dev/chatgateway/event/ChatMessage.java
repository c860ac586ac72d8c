package dev.chatgateway.event;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One state of a message as the service lists it. Thread, id and version identify a state.
 *
 * @param id arrival time in epoch milliseconds, unique in the thread
 * @param version time of the last change in epoch milliseconds; equal to the id before the first change
 * @param senderId raw id of the sender; null for system messages
 * @param text content of a text or html message; null for a system message and for a deleted message
 * @param topic new topic in a topicUpdated message
 * @param participants the users that a participantAdded or participantRemoved message names
 * @param initiatorId raw id of the user whose call caused a system message
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

    /** The id as a number, epoch milliseconds. Members see the messages from their history time on, compared by this. */
    public long arrivedAt() {
        return Long.parseLong(id);
    }

    /** Whether the sender has deleted the message. */
    public boolean deleted() {
        return deletedOn != null;
    }

    /** Whether the message was edited and not deleted. */
    public boolean edited() {
        return editedOn != null && deletedOn == null;
    }

    /** Does not contain the content, so that it can be logged. */
    @Override
    public String toString() {
        return "ChatMessage[id=" + id + ", version=" + version + ", type=" + type + "]";
    }
}
