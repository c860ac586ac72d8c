package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings those who come back from their positions to the present: from the ring, else from one listing for all. Answers
 * for the same position are shared.
 */
final class CatchUps {
    /** So much earlier than the client stopped a change may have been made that it was not told of. */
    private static final long CLOCKS_MS = 60_000;

    private final ThreadState state;
    private final long now;
    private final Map<Position, CatchUp> made = new HashMap<>();
    private @Nullable List<ChatMessage> listed;
    private long covered = Long.MAX_VALUE;
    private boolean whole;

    CatchUps(ThreadState state, long now) {
        this.state = state;
        this.now = now;
    }

    /** How far back (message id, epoch milliseconds) a listing must reach for those whom the ring does not help. */
    Optional<Long> reach(List<PendingWatch> pending) {
        return pending.stream()
                .map(PendingWatch::since)
                .flatMap(Optional::stream)
                .filter(since -> state.ring.since(since, now).isEmpty())
                .map(Position::windowStart)
                .min(Long::compare);
    }

    /** What the round has listed, and how far back it is complete. */
    void listed(List<ChatMessage> messages, long from, boolean toTheFirst) {
        Map<Long, ChatMessage> newest = new HashMap<>();
        messages.forEach(m -> newest.merge(m.arrivedAt(), m, (a, b) -> a.version() >= b.version() ? a : b));
        listed = new ArrayList<>(newest.values());
        covered = from;
        whole = toTheFirst;
    }

    /** The way from a position, for one user. */
    CatchUp since(Position position, String userId) {
        state.marksOwed |= !state.marksKnown;
        CatchUp shared = made.computeIfAbsent(position, this::make);
        boolean moved = shared.items().stream().anyMatch(i -> names(i.event(), userId));
        return moved ? CatchUp.impossible(ResyncReason.MEMBERSHIP_CHANGED) : shared;
    }

    private CatchUp make(Position position) {
        Optional<List<Item>> ring = state.ring.since(position, now);
        if (ring.isPresent()) {
            return new CatchUp(null, ring.get());
        }
        List<ChatMessage> messages = listed;
        if (messages == null || covered > position.windowStart()) {
            return CatchUp.impossible(whole ? ResyncReason.CURSOR_MISMATCH : ResyncReason.CURSOR_TOO_OLD);
        }
        return RangeProof.changes(position, messages)
                .map(changes -> new CatchUp(null, items(position, withOlder(position, changes, messages))))
                .orElseGet(() -> CatchUp.impossible(ResyncReason.CURSOR_MISMATCH));
    }

    /** As far as the listing reaches below the position's window, what was changed there since is told as well. */
    private static List<ChatMessage> withOlder(Position from, List<ChatMessage> changes, List<ChatMessage> messages) {
        List<ChatMessage> all = new ArrayList<>(changes);
        messages.stream()
                .filter(m -> m.arrivedAt() < from.windowStart() && m.version() > from.version() - CLOCKS_MS)
                .filter(m -> m.version() > m.arrivedAt() && !m.type().system())
                .forEach(all::add);
        all.sort(Comparator.comparingLong(ChatMessage::version).thenComparingLong(ChatMessage::arrivedAt));
        return all;
    }

    /** Until the last of them is out the client stands where it stood; then it is at the present. */
    private List<Item> items(Position from, List<ChatMessage> changes) {
        List<ChatEvent> events = new ArrayList<>();
        boolean participants = false;
        for (ChatMessage message : changes) {
            switch (message.type()) {
                case TOPIC_UPDATED -> {}
                case PARTICIPANT_ADDED, PARTICIPANT_REMOVED -> {
                    participants = true;
                    events.add(ChangeEvents.participants(state.threadId, message));
                }
                default -> events.add(ChangeEvents.stateOf(state.threadId, message, false));
            }
        }
        Position present = state.position();
        if (!participants && from.rosterHash() != present.rosterHash()) {
            List<Participant> all = List.copyOf(state.roster.members().values());
            events.add(new ChatEvent.ParticipantsAdded(state.threadId, now, Instant.ofEpochMilli(now), null, all));
        }
        ThreadProperties properties = state.properties;
        if (properties != null && from.propertiesHash() != present.propertiesHash()) {
            events.add(new ChatEvent.PropertiesUpdated(properties, now, Instant.ofEpochMilli(now), null));
        }
        if (state.marksKnown && from.receiptsHash() != present.receiptsHash()) {
            state.marks.all().forEach(r -> events.add(new ChatEvent.ReceiptMoved(state.threadId, r)));
        }
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            items.add(new Item(events.get(i), i == events.size() - 1 ? present : from));
        }
        return List.copyOf(items);
    }

    /** Who left or joined meanwhile was shown, or not shown, another past. */
    private static boolean names(ChatEvent event, String userId) {
        List<Participant> named = List.of();
        if (event instanceof ChatEvent.ParticipantsAdded e && e.addedById() != null) {
            named = e.participants();
        } else if (event instanceof ChatEvent.ParticipantsRemoved e) {
            named = e.participants();
        }
        return named.stream().anyMatch(p -> p.userId().equals(userId));
    }
}
