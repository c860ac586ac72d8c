package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadSnapshot;
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

/**
 * Turns new states of messages, receipts and properties into events, and applies them to the thread's state. Used on
 * the poller's context.
 */
public final class ChangeEvents {
    /** A roster that system messages have changed proves no membership: only a list of participants does. */
    private static final Instant NO_PROOF = Instant.EPOCH;

    private final ThreadState state;
    private final List<Item> items;
    private final long now;
    private final List<ChatMessage> published = new ArrayList<>();
    private final Set<String> removedUsers = new HashSet<>();
    private boolean membershipChanged;

    /**
     * @param items receives the events
     * @param now epoch milliseconds
     */
    public ChangeEvents(ThreadState state, List<Item> items, long now) {
        this.state = state;
        this.items = items;
        this.now = now;
    }

    /**
     * Adds new states of messages to the window, and their events to the items.
     *
     * @param newStates in ascending order of version
     * @param raiseMarkTo the mark follows the versions up to this one; the present mark to leave it unchanged
     */
    public void applyMessages(List<ChatMessage> newStates, long raiseMarkTo) {
        long markBefore = state.window.mark();
        for (ChatMessage message : newStates) {
            state.window.put(message.arrivedAt(), message.version());
            // Each event carries a cursor at the mark. As versions ascend, every state up to this one is published.
            state.window.raiseMark(Math.min(message.version(), raiseMarkTo));
            published.add(message);
            apply(message, markBefore).ifPresent(this::add);
        }
        ThreadSnapshot.Recent recent = state.recentMessages;
        state.recentMessages = recent == null ? null : recent.with(newStates);
    }

    /** Adds the events of receipts that have advanced. */
    public void addReceipts(List<ReadReceipt> advanced) {
        advanced.forEach(r -> add(new ChatEvent.ReceiptMoved(state.threadId, r)));
    }

    /** Replaces the thread's properties; adds an event if they differ from known ones. */
    public void applyProperties(ThreadProperties newer) {
        ThreadProperties known = state.properties;
        state.properties = newer;
        if (known != null
                && !(known.topic().equals(newer.topic())
                        && known.metadata().equals(newer.metadata())
                        && Objects.equals(known.retentionDays(), newer.retentionDays()))) {
            add(new ChatEvent.PropertiesUpdated(newer, now, Instant.ofEpochMilli(now), null));
        }
    }

    /** The applied states of messages, in the order in which they were applied. */
    public List<ChatMessage> published() {
        return published;
    }

    /** Users whom the newest message about them removed from the thread. */
    Set<String> removedUsers() {
        return removedUsers;
    }

    /** Whether one of the messages says that somebody joined or left. */
    boolean membershipChanged() {
        return membershipChanged;
    }

    private void add(ChatEvent event) {
        items.add(new Item(event, state.position(now)));
    }

    private Optional<ChatEvent> apply(ChatMessage message, long markBefore) {
        if (unknownChange(message)) {
            return Optional.empty();
        }
        return switch (message.type()) {
            case TEXT, HTML -> Optional.of(messageEvent(state.threadId, message));
            case TOPIC_UPDATED -> applyTopic(message);
            case PARTICIPANT_ADDED -> {
                applyMembership(message, markBefore);
                yield Optional.of(participantsAdded(state.threadId, message));
            }
            case PARTICIPANT_REMOVED -> {
                applyMembership(message, markBefore);
                yield Optional.of(participantsRemoved(state.threadId, message));
            }
        };
    }

    /**
     * The event of a state that a resuming subscriber lacks. None for a topic update: the subscriber gets one event for
     * all changes of properties.
     */
    static Optional<ChatEvent> resumeEvent(String threadId, ChatMessage message) {
        if (unknownChange(message)) {
            return Optional.empty();
        }
        return switch (message.type()) {
            case TEXT, HTML -> Optional.of(messageEvent(threadId, message));
            case TOPIC_UPDATED -> Optional.empty();
            case PARTICIPANT_ADDED -> Optional.of(participantsAdded(threadId, message));
            case PARTICIPANT_REMOVED -> Optional.of(participantsRemoved(threadId, message));
        };
    }

    /**
     * A system message in a later state than its first. The service changes none, so such a state has no known meaning.
     */
    private static boolean unknownChange(ChatMessage message) {
        return message.type().system() && message.version() != message.arrivedAt();
    }

    /**
     * The event of a text or HTML message. A version above the id means that the message was changed after it arrived.
     */
    private static ChatEvent messageEvent(String threadId, ChatMessage message) {
        if (message.deleted()) {
            return new ChatEvent.MessageDeleted(threadId, message);
        }
        return message.version() > message.arrivedAt()
                ? new ChatEvent.MessageEdited(threadId, message)
                : new ChatEvent.MessageReceived(threadId, message);
    }

    private static ChatEvent participantsAdded(String threadId, ChatMessage message) {
        return new ChatEvent.ParticipantsAdded(
                threadId, message.version(), message.createdOn(), message.initiatorId(), message.participants());
    }

    private static ChatEvent participantsRemoved(String threadId, ChatMessage message) {
        return new ChatEvent.ParticipantsRemoved(
                threadId, message.version(), message.createdOn(), message.initiatorId(), message.participants());
    }

    /** Whether the roster contradicts the newest membership message about one of the participants named. */
    static boolean contradictRoster(List<ChatMessage> newestFirst, Roster roster) {
        Set<String> compared = new HashSet<>();
        for (ChatMessage message : newestFirst) {
            if (message.type().membership()) {
                for (Participant participant : message.participants()) {
                    if (compared.add(participant.userId()) && !agrees(message, participant, roster)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean agrees(ChatMessage message, Participant named, Roster roster) {
        Optional<Participant> member = roster.member(named.userId());
        return switch (message.type()) {
            case TEXT, HTML, TOPIC_UPDATED -> true;
            case PARTICIPANT_ADDED ->
                member.map(Participant::shareHistoryTime)
                        .filter(named.shareHistoryTime()::equals)
                        .isPresent();
            case PARTICIPANT_REMOVED -> member.isEmpty();
        };
    }

    /** No event if the known properties have the topic already: they were read after the change. */
    private Optional<ChatEvent> applyTopic(ChatMessage message) {
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

    /**
     * Applies a membership message to the roster. A message below the mark was listed late: newer messages about the
     * same users may have been applied already, so it only makes the list of participants due.
     */
    private void applyMembership(ChatMessage message, long markBefore) {
        membershipChanged = true;
        if (message.version() <= markBefore) {
            state.rosterDueAt = 0;
            return;
        }
        Map<String, Participant> members = new HashMap<>(state.roster.members());
        for (Participant participant : message.participants()) {
            switch (message.type()) {
                case TEXT, HTML, TOPIC_UPDATED -> {}
                case PARTICIPANT_ADDED -> {
                    members.putIfAbsent(participant.userId(), participant);
                    removedUsers.remove(participant.userId());
                }
                case PARTICIPANT_REMOVED -> {
                    members.remove(participant.userId());
                    removedUsers.add(participant.userId());
                }
            }
        }
        state.updateRoster(new Roster(members, NO_PROOF));
    }
}
