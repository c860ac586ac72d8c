package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.poll.state.ThreadState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Turns changed messages into events, and keeps roster and properties in step with what system messages tell. */
public final class ChangeEvents {
    /** A roster mended by messages proves nobody: that takes a list of participants. */
    private static final Instant NO_PROOF = Instant.EPOCH;

    private final ThreadState state;
    private final List<Item> items;
    private final long now;
    private final List<ChatMessage> published = new ArrayList<>();
    private final Set<String> removed = new HashSet<>();
    private boolean participantsMoved;

    /** @param now of the round, epoch milliseconds */
    public ChangeEvents(ThreadState state, List<Item> items, long now) {
        this.state = state;
        this.items = items;
        this.now = now;
    }

    /**
     * Applies news of the window, lowest version first.
     *
     * @param raiseTo the mark follows the versions up to this one; the present mark to leave it where it is
     */
    public void apply(List<ChatMessage> news, long raiseTo) {
        long before = state.window.mark();
        for (ChatMessage message : news) {
            state.window.put(message.arrivedAt(), message.version());
            // With each event goes a cursor: news come in the order of versions, so all below this one are published.
            state.window.raiseMark(Math.min(message.version(), raiseTo));
            published.add(message);
            event(message, before).ifPresent(this::add);
        }
    }

    /** Read marks that moved. */
    public void receipts(List<ReadReceipt> moved) {
        moved.forEach(r -> add(new ChatEvent.ReceiptMoved(state.threadId, r)));
    }

    /** Compares the thread's properties with those known, and takes them over. */
    public void properties(ThreadProperties read) {
        ThreadProperties known = state.properties;
        state.properties = read;
        if (known != null
                && !(known.topic().equals(read.topic())
                        && known.metadata().equals(read.metadata())
                        && Objects.equals(known.retentionDays(), read.retentionDays()))) {
            add(new ChatEvent.PropertiesUpdated(read, now, Instant.ofEpochMilli(now), null));
        }
    }

    /** The messages in the states that were applied, in that order. */
    public List<ChatMessage> published() {
        return published;
    }

    /** Users whom the last message about them removed. */
    Set<String> removed() {
        return removed;
    }

    /** Whether anybody joined or left. */
    boolean participantsMoved() {
        return participantsMoved;
    }

    private void add(ChatEvent event) {
        items.add(new Item(event, state.position(now)));
    }

    private Optional<ChatEvent> event(ChatMessage message, long mark) {
        if (message.type().system() && message.version() != message.arrivedAt()) {
            // The service changes no system message; what such a change would mean nobody knows.
            return Optional.empty();
        }
        return switch (message.type()) {
            case TEXT, HTML -> Optional.of(stateOf(state.threadId, message));
            case TOPIC_UPDATED -> topic(message);
            case PARTICIPANT_ADDED -> Optional.of(joined(message, mark));
            case PARTICIPANT_REMOVED -> Optional.of(left(message, mark));
        };
    }

    /** The event of a message that a resuming subscriber lacks; none for a topic, which the properties tell. */
    static Optional<ChatEvent> since(String threadId, ChatMessage message) {
        if (message.type().system() && message.version() != message.arrivedAt()) {
            return Optional.empty();
        }
        return switch (message.type()) {
            case TEXT, HTML -> Optional.of(stateOf(threadId, message));
            case TOPIC_UPDATED -> Optional.empty();
            case PARTICIPANT_ADDED, PARTICIPANT_REMOVED -> Optional.of(participants(threadId, message));
        };
    }

    /** A message's newest state: a version above the id says that the message was changed after it arrived. */
    private static ChatEvent stateOf(String threadId, ChatMessage message) {
        if (message.deleted()) {
            return new ChatEvent.MessageDeleted(threadId, message);
        }
        return message.version() > message.arrivedAt()
                ? new ChatEvent.MessageEdited(threadId, message)
                : new ChatEvent.MessageReceived(threadId, message);
    }

    /** Whether the last word of messages (newest first) on a participant differs from what the roster says. */
    static boolean contradict(List<ChatMessage> messages, Roster roster) {
        Set<String> told = new HashSet<>();
        for (ChatMessage message : messages) {
            boolean added = message.type() == MessageType.PARTICIPANT_ADDED;
            if (message.type().membership()) {
                for (Participant participant : message.participants()) {
                    Optional<Participant> member = roster.member(participant.userId());
                    boolean agrees = added
                            ? member.map(Participant::shareHistoryTime)
                                    .filter(participant.shareHistoryTime()::equals)
                                    .isPresent()
                            : member.isEmpty();
                    if (told.add(participant.userId()) && !agrees) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** What a system message tells of participants. */
    static ChatEvent participants(String threadId, ChatMessage message) {
        return message.type() == MessageType.PARTICIPANT_ADDED
                ? new ChatEvent.ParticipantsAdded(
                        threadId, message.version(), message.createdOn(), message.initiatorId(), message.participants())
                : new ChatEvent.ParticipantsRemoved(
                        threadId,
                        message.version(),
                        message.createdOn(),
                        message.initiatorId(),
                        message.participants());
    }

    /** The properties may have been read before the message that tells of the change: then it is told already. */
    private Optional<ChatEvent> topic(ChatMessage message) {
        ThreadProperties known = state.properties;
        String topic = message.topic();
        if (known == null || topic == null || topic.equals(known.topic())) {
            return Optional.empty();
        }
        ThreadProperties changed = new ThreadProperties(
                known.threadId(),
                topic,
                known.createdOn(),
                known.createdById(),
                known.deletedOn(),
                known.metadata(),
                known.retentionDays());
        state.properties = changed;
        return Optional.of(new ChatEvent.PropertiesUpdated(
                changed, message.version(), message.createdOn(), message.initiatorId()));
    }

    private ChatEvent joined(ChatMessage message, long mark) {
        participantsMoved = true;
        if (message.version() <= mark) {
            return late(message);
        }
        Map<String, Participant> members = new HashMap<>(state.roster.members());
        for (Participant participant : message.participants()) {
            members.putIfAbsent(participant.userId(), participant);
            removed.remove(participant.userId());
        }
        state.updateRoster(new Roster(members, NO_PROOF));
        return participants(state.threadId, message);
    }

    private ChatEvent left(ChatMessage message, long mark) {
        participantsMoved = true;
        if (message.version() <= mark) {
            return late(message);
        }
        Map<String, Participant> members = new HashMap<>(state.roster.members());
        for (Participant participant : message.participants()) {
            members.remove(participant.userId());
            removed.add(participant.userId());
        }
        state.updateRoster(new Roster(members, NO_PROOF));
        return participants(state.threadId, message);
    }

    /** Listed after newer changes: who joined or left since then nobody knows, so only a list of participants decides. */
    private ChatEvent late(ChatMessage message) {
        state.rosterDueAt = 0;
        return participants(state.threadId, message);
    }
}
