package dev.chatgateway.event;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ten events of the official client (reference section 8), as the poller finds them. */
public sealed interface ChatEvent {
    /** The thread that the event is about. */
    String threadId();

    /** The group of events that a subscriber masks. */
    EventGroup group();

    /** A message seen for the first time in its first state. */
    record MessageReceived(String threadId, ChatMessage message) implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.MESSAGES;
        }
    }

    /** A message with new content or metadata, or one first seen after an edit. */
    record MessageEdited(String threadId, ChatMessage message) implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.EDITS;
        }
    }

    /** A message that its sender has deleted. */
    record MessageDeleted(String threadId, ChatMessage message) implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.EDITS;
        }
    }

    /** Somebody is writing; forgotten after a few seconds. */
    record TypingIndicator(String threadId, String senderId, String senderDisplayName, Instant receivedOn)
            implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.TYPING;
        }
    }

    /** A participant's read mark has moved forward. */
    record ReceiptMoved(String threadId, ReadReceipt receipt) implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.RECEIPTS;
        }
    }

    /** A thread that a user has become a member of. */
    record ThreadCreated(ThreadProperties properties, long version, List<Participant> participants)
            implements ChatEvent {
        @Override
        public String threadId() {
            return properties.threadId();
        }

        @Override
        public EventGroup group() {
            return EventGroup.PROPERTIES;
        }
    }

    /** The thread is gone; by its retention policy, or by a user who may be unknown. */
    record ThreadDeleted(
            String threadId, Instant deletedOn, @Nullable String deletedById, boolean byPolicy) implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.PROPERTIES;
        }
    }

    /** Topic, metadata or retention have changed; the properties are the new ones, whole. */
    record PropertiesUpdated(
            ThreadProperties properties,
            long version,
            Instant updatedOn,
            @Nullable String updatedById) implements ChatEvent {
        @Override
        public String threadId() {
            return properties.threadId();
        }

        @Override
        public EventGroup group() {
            return EventGroup.PROPERTIES;
        }
    }

    /** Users who joined in one call. */
    record ParticipantsAdded(
            String threadId,
            long version,
            Instant addedOn,
            @Nullable String addedById,
            List<Participant> participants) implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.PARTICIPANTS;
        }
    }

    /** Users who left or were removed. */
    record ParticipantsRemoved(
            String threadId,
            long version,
            Instant removedOn,
            @Nullable String removedById,
            List<Participant> participants)
            implements ChatEvent {
        @Override
        public EventGroup group() {
            return EventGroup.PARTICIPANTS;
        }
    }
}
