package dev.chatgateway.event;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A change in a thread: one of the ten events of the official client, or the gateway's own {@link TypingStopped}. The set
 * is closed. A stage that treats events
 * differently asks the event for the fact it needs, or decides by {@link #type()} in a switch expression without {@code
 * default}, or by a {@link Visitor}: a new event does not compile until each of them handles it.
 */
public sealed interface ChatEvent {
    /** Which of the events this is. Each record has a type of its own. */
    Type type();

    /** The thread that the event is about. */
    String threadId();

    /** The group of events that a subscriber selects or leaves out. */
    default EventGroup group() {
        return type().group();
    }

    /** The message whose state the event carries; empty for an event that carries no message. */
    Optional<ChatMessage> messageState();

    /**
     * Place of the event in the thread's history, epoch milliseconds by the service's clock: a member whose visible history
     * begins later does not get the event. 0 for an event that every member gets. Not used for an event with a {@link
     * #messageState()}, which is compared by the id of its message.
     */
    long historyVersion();

    /** Names what the event reports the state of: a later event of the thread with the same key replaces it. */
    Optional<String> conflationKey();

    /** Users who became members with this event. */
    List<Participant> addedParticipants();

    /** Users who are no members any more after this event. */
    List<Participant> removedParticipants();

    /** Calls the method of the visitor for this event. */
    <R> R accept(Visitor<R> visitor);

    /** What all events of a type have in common. The one table of the events. */
    enum Type {
        MESSAGE_RECEIVED("chatMessageReceived", EventGroup.MESSAGES, true),
        MESSAGE_EDITED("chatMessageEdited", EventGroup.EDITS, true),
        MESSAGE_DELETED("chatMessageDeleted", EventGroup.EDITS, true),
        TYPING_INDICATOR("typingIndicatorReceived", EventGroup.TYPING, false),
        TYPING_STOPPED("typingIndicatorStopped", EventGroup.TYPING, false),
        READ_RECEIPT("readReceiptReceived", EventGroup.RECEIPTS, true),
        THREAD_CREATED("chatThreadCreated", EventGroup.PROPERTIES, true),
        THREAD_DELETED("chatThreadDeleted", EventGroup.PROPERTIES, true),
        PROPERTIES_UPDATED("chatThreadPropertiesUpdated", EventGroup.PROPERTIES, true),
        PARTICIPANTS_ADDED("participantsAdded", EventGroup.PARTICIPANTS, true),
        PARTICIPANTS_REMOVED("participantsRemoved", EventGroup.PARTICIPANTS, true);

        private final String method;
        private final EventGroup group;
        private final boolean numbered;

        Type(String method, EventGroup group, boolean numbered) {
            this.method = method;
            this.group = group;
            this.numbered = numbered;
        }

        /** Method of the notification. */
        public String method() {
            return method;
        }

        /** The group of events that a subscriber selects or leaves out. */
        public EventGroup group() {
            return group;
        }

        /** Whether the event gets a sequence number. One without a number may be dropped for a slow receiver. */
        public boolean numbered() {
            return numbered;
        }

        /** Whether the event reports a message that was not there before, in its first state. */
        public boolean newMessage() {
            return switch (this) {
                case MESSAGE_RECEIVED -> true;
                case MESSAGE_EDITED,
                        MESSAGE_DELETED,
                        TYPING_INDICATOR,
                        TYPING_STOPPED,
                        READ_RECEIPT,
                        THREAD_CREATED,
                        THREAD_DELETED,
                        PROPERTIES_UPDATED,
                        PARTICIPANTS_ADDED,
                        PARTICIPANTS_REMOVED -> false;
            };
        }

        /** Whether the thread does not exist any more after the event. */
        public boolean endsThread() {
            return switch (this) {
                case THREAD_DELETED -> true;
                case MESSAGE_RECEIVED,
                        MESSAGE_EDITED,
                        MESSAGE_DELETED,
                        TYPING_INDICATOR,
                        TYPING_STOPPED,
                        READ_RECEIPT,
                        THREAD_CREATED,
                        PROPERTIES_UPDATED,
                        PARTICIPANTS_ADDED,
                        PARTICIPANTS_REMOVED -> false;
            };
        }
    }

    /**
     * One method per event.
     *
     * @param <R> the result
     */
    interface Visitor<R> {
        R messageReceived(MessageReceived event);

        R messageEdited(MessageEdited event);

        R messageDeleted(MessageDeleted event);

        R typingIndicator(TypingIndicator event);

        R typingStopped(TypingStopped event);

        R receiptMoved(ReceiptMoved event);

        R threadCreated(ThreadCreated event);

        R threadDeleted(ThreadDeleted event);

        R propertiesUpdated(PropertiesUpdated event);

        R participantsAdded(ParticipantsAdded event);

        R participantsRemoved(ParticipantsRemoved event);
    }

    /** An event that carries the state of a message. */
    sealed interface MessageEvent extends ChatEvent {
        /** The message in the state that the event reports. */
        ChatMessage message();

        @Override
        default Optional<ChatMessage> messageState() {
            return Optional.of(message());
        }

        @Override
        default long historyVersion() {
            return message().version();
        }

        @Override
        default Optional<String> conflationKey() {
            return Optional.of("message " + message().id());
        }

        @Override
        default List<Participant> addedParticipants() {
            return List.of();
        }

        @Override
        default List<Participant> removedParticipants() {
            return List.of();
        }
    }

    /** An event of one member that the thread's history does not keep. */
    sealed interface ActivityEvent extends ChatEvent {
        @Override
        default Optional<ChatMessage> messageState() {
            return Optional.empty();
        }

        @Override
        default long historyVersion() {
            return 0;
        }

        @Override
        default List<Participant> addedParticipants() {
            return List.of();
        }

        @Override
        default List<Participant> removedParticipants() {
            return List.of();
        }
    }

    /** An event about the thread as a whole. */
    sealed interface ThreadEvent extends ChatEvent {
        @Override
        default Optional<ChatMessage> messageState() {
            return Optional.empty();
        }

        @Override
        default Optional<String> conflationKey() {
            return Optional.empty();
        }

        @Override
        default List<Participant> addedParticipants() {
            return List.of();
        }

        @Override
        default List<Participant> removedParticipants() {
            return List.of();
        }
    }

    /** An event about users who joined or left. */
    sealed interface MembershipEvent extends ChatEvent {
        /** Version of the service's change, epoch milliseconds. */
        long version();

        @Override
        default Optional<ChatMessage> messageState() {
            return Optional.empty();
        }

        @Override
        default long historyVersion() {
            return version();
        }

        @Override
        default Optional<String> conflationKey() {
            return Optional.empty();
        }
    }

    /** A message seen for the first time in its first state. */
    record MessageReceived(String threadId, ChatMessage message) implements MessageEvent {
        @Override
        public Type type() {
            return Type.MESSAGE_RECEIVED;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.messageReceived(this);
        }
    }

    /** A message with new content or metadata, or one first seen after an edit. */
    record MessageEdited(String threadId, ChatMessage message) implements MessageEvent {
        @Override
        public Type type() {
            return Type.MESSAGE_EDITED;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.messageEdited(this);
        }
    }

    /** A message that its sender has deleted. */
    record MessageDeleted(String threadId, ChatMessage message) implements MessageEvent {
        @Override
        public Type type() {
            return Type.MESSAGE_DELETED;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.messageDeleted(this);
        }
    }

    /** A member is typing. Valid for a few seconds, and kept nowhere. */
    record TypingIndicator(String threadId, String senderId, String senderDisplayName, Instant receivedOn)
            implements ActivityEvent {
        @Override
        public Type type() {
            return Type.TYPING_INDICATOR;
        }

        @Override
        public Optional<String> conflationKey() {
            return Optional.of("typing " + senderId);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.typingIndicator(this);
        }
    }

    /** A member who was shown typing has stopped. The service has no such event: the gateway finds it out. */
    record TypingStopped(String threadId, String senderId) implements ActivityEvent {
        @Override
        public Type type() {
            return Type.TYPING_STOPPED;
        }

        @Override
        public Optional<String> conflationKey() {
            return Optional.of("typing " + senderId);
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.typingStopped(this);
        }
    }

    /** A member's read receipt names a later message than before. */
    record ReceiptMoved(String threadId, ReadReceipt receipt) implements ActivityEvent {
        @Override
        public Type type() {
            return Type.READ_RECEIPT;
        }

        @Override
        public Optional<String> conflationKey() {
            return Optional.of("receipt " + receipt.readerId());
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.receiptMoved(this);
        }
    }

    /** A thread that a user has become a member of. Sent to subscribers of the inbox only. */
    record ThreadCreated(ThreadProperties properties, long version, List<Participant> participants)
            implements ThreadEvent {
        @Override
        public Type type() {
            return Type.THREAD_CREATED;
        }

        @Override
        public String threadId() {
            return properties.threadId();
        }

        @Override
        public long historyVersion() {
            return 0;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.threadCreated(this);
        }
    }

    /** The thread was deleted, by its retention policy or by a user. The service does not always name the user. */
    record ThreadDeleted(
            String threadId, Instant deletedOn, @Nullable String deletedById, boolean byPolicy) implements ThreadEvent {
        @Override
        public Type type() {
            return Type.THREAD_DELETED;
        }

        @Override
        public long historyVersion() {
            return 0;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.threadDeleted(this);
        }
    }

    /** Topic, metadata or retention have changed. Carries all properties, in their new state. */
    record PropertiesUpdated(
            ThreadProperties properties,
            long version,
            Instant updatedOn,
            @Nullable String updatedById) implements ThreadEvent {
        @Override
        public Type type() {
            return Type.PROPERTIES_UPDATED;
        }

        @Override
        public String threadId() {
            return properties.threadId();
        }

        @Override
        public long historyVersion() {
            return version;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.propertiesUpdated(this);
        }
    }

    /** Users who joined in one call. */
    record ParticipantsAdded(
            String threadId,
            long version,
            Instant addedOn,
            @Nullable String addedById,
            List<Participant> participants) implements MembershipEvent {
        @Override
        public Type type() {
            return Type.PARTICIPANTS_ADDED;
        }

        @Override
        public List<Participant> addedParticipants() {
            return participants;
        }

        @Override
        public List<Participant> removedParticipants() {
            return List.of();
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.participantsAdded(this);
        }
    }

    /** Users who left or were removed. */
    record ParticipantsRemoved(
            String threadId,
            long version,
            Instant removedOn,
            @Nullable String removedById,
            List<Participant> participants)
            implements MembershipEvent {
        @Override
        public Type type() {
            return Type.PARTICIPANTS_REMOVED;
        }

        @Override
        public List<Participant> addedParticipants() {
            return List.of();
        }

        @Override
        public List<Participant> removedParticipants() {
            return participants;
        }

        @Override
        public <R> R accept(Visitor<R> visitor) {
            return visitor.participantsRemoved(this);
        }
    }
}
