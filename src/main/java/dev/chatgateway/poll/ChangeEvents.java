package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Item;
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
final class ChangeEvents {
    /** A roster mended by messages proves nobody: that takes a list of participants. */
    private static final Instant NO_PROOF = Instant.EPOCH;

    private final ThreadState state;
    private final List<Item> items;
    private final List<ChatMessage> told = new ArrayList<>();
    private final Set<String> removed = new HashSet<>();
    private boolean participantsMoved;

    ChangeEvents(ThreadState state, List<Item> items) {
        this.state = state;
        this.items = items;
    }

    /** Applies changes of the window, oldest first. */
    void apply(List<ChatMessage> changes) {
        for (ChatMessage message : changes) {
            boolean known = state.window.versionOf(message.arrivedAt()) >= 0;
            state.window.put(message);
            told.add(message);
            event(message, known).ifPresent(this::add);
        }
    }

    /** A message from before the window, read because somebody changed it; false when the change is not seen yet. */
    boolean older(ChatMessage message) {
        boolean changed = state.old.changed(message.arrivedAt(), message.version());
        if (changed && !message.type().system()) {
            told.add(message);
            add(stateOf(state.threadId, message, true));
        }
        return changed;
    }

    /** Messages from before the window that the sweep found changed. */
    void swept(List<ChatMessage> changed) {
        told.addAll(changed);
        changed.forEach(m -> add(stateOf(state.threadId, m, true)));
    }

    /** Read marks that moved. */
    void receipts(List<ReadReceipt> moved) {
        moved.forEach(r -> add(new ChatEvent.ReceiptMoved(state.threadId, r)));
    }

    /** Compares the thread's properties with those known, and takes them over. */
    void properties(ThreadProperties read, long now) {
        ThreadProperties known = state.properties;
        state.properties = read;
        if (known != null
                && !(known.topic().equals(read.topic())
                        && known.metadata().equals(read.metadata())
                        && Objects.equals(known.retentionDays(), read.retentionDays()))) {
            add(new ChatEvent.PropertiesUpdated(read, now, Instant.ofEpochMilli(now), null));
        }
    }

    /** The messages in the states that were taken over, oldest change first. */
    List<ChatMessage> told() {
        return told;
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
        items.add(new Item(event, state.position()));
    }

    private Optional<ChatEvent> event(ChatMessage message, boolean known) {
        if (!message.type().system()) {
            return Optional.of(stateOf(state.threadId, message, known));
        }
        if (known) {
            return Optional.empty();
        }
        return switch (message.type()) {
            case TOPIC_UPDATED -> topic(message);
            case PARTICIPANT_ADDED -> Optional.of(joined(message));
            default -> Optional.of(left(message));
        };
    }

    /** A message's newest state; one never seen before that was edited since it arrived comes in that form. */
    static ChatEvent stateOf(String threadId, ChatMessage message, boolean known) {
        if (message.deleted()) {
            return new ChatEvent.MessageDeleted(threadId, message);
        }
        return known || message.edited()
                ? new ChatEvent.MessageEdited(threadId, message)
                : new ChatEvent.MessageReceived(threadId, message);
    }

    /** Whether the last word of messages (newest first) on a participant differs from what the roster says. */
    static boolean contradict(List<ChatMessage> messages, Roster roster) {
        Set<String> told = new HashSet<>();
        for (ChatMessage message : messages) {
            boolean added = message.type() == MessageType.PARTICIPANT_ADDED;
            if (added || message.type() == MessageType.PARTICIPANT_REMOVED) {
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

    private ChatEvent joined(ChatMessage message) {
        participantsMoved = true;
        Map<String, Participant> members = new HashMap<>(state.roster.members());
        for (Participant participant : message.participants()) {
            members.putIfAbsent(participant.userId(), participant);
            removed.remove(participant.userId());
        }
        state.roster(new Roster(members, NO_PROOF));
        return participants(state.threadId, message);
    }

    private ChatEvent left(ChatMessage message) {
        participantsMoved = true;
        Map<String, Participant> members = new HashMap<>(state.roster.members());
        for (Participant participant : message.participants()) {
            members.remove(participant.userId());
            removed.add(participant.userId());
        }
        state.roster(new Roster(members, NO_PROOF));
        return participants(state.threadId, message);
    }
}
