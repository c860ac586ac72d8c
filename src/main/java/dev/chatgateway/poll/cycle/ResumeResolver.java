package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.access.HistoryVisibility;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.diff.MessageRing;
import dev.chatgateway.poll.state.ThreadState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Finds what happened since the positions of resuming subscribers: from the {@link MessageRing} where it holds every
 * state that they lack, else from one listing for all. Answers for the same position are shared. Lives for one round.
 */
public final class ResumeResolver {
    private final ThreadState state;
    private final boolean inOrder;
    private final long now;
    private final Map<Key, Optional<CatchUp>> resolved = new HashMap<>();
    private @Nullable Listed listed;

    /** @param inOrder whether the service lists the thread by version; if it may not, every answer is a resync */
    public ResumeResolver(ThreadState state, boolean inOrder, long now) {
        this.state = state;
        this.inOrder = inOrder;
        this.now = now;
    }

    /** Every state above the bottom of the messages that arrived from {@code reach} on. */
    private record Listed(List<ChatMessage> messages, long bottom, long reach) {}

    private record Key(Position position, boolean fromRing, boolean fromListing) {}

    /** Down to which version a listing must go for the subscribers that the ring does not help; empty for no further. */
    OptionalLong depth(List<PendingSubscription> pending) {
        return pending.stream()
                .filter(p -> p.proven() && inOrder)
                .filter(p -> p.since()
                        .filter(since -> !state.resumeLimit.givenUp(low(since), now))
                        .filter(since ->
                                recalled(since, reach(p.watcher().userId())).isEmpty())
                        .isPresent())
                .mapToLong(p -> low(p.since().orElseThrow()))
                .min();
    }

    /**
     * The round has listed messages.
     *
     * @param bottom all states above this version were listed
     * @param reach from this arrival time on, as the reader sees no earlier messages
     */
    void listed(List<ChatMessage> messages, long bottom, long reach) {
        Map<Long, ChatMessage> newest = new HashMap<>();
        messages.forEach(m -> newest.merge(m.arrivedAt(), m, (a, b) -> a.version() >= b.version() ? a : b));
        listed = new Listed(
                newest.values().stream()
                        .sorted(Comparator.comparingLong(ChatMessage::version)
                                .thenComparingLong(ChatMessage::arrivedAt))
                        .toList(),
                bottom,
                reach);
    }

    /** What happened since a position, for one user; empty while no listing has gone down to it. */
    public Optional<CatchUp> since(Position position, String userId) {
        state.receiptMarksOwed |= !state.receiptMarksKnown;
        if (!inOrder) {
            return Optional.of(CatchUp.impossible(new Resync(ResyncReason.CURSOR_MISMATCH, Cause.LIST_ORDER)));
        }
        long reach = reach(userId);
        boolean fromRing = state.reach <= reach;
        boolean fromListing = listed != null && listed.reach <= reach;
        Key key = new Key(position, fromRing, fromListing);
        Optional<CatchUp> shared = resolved.computeIfAbsent(key, k -> resolve(position, reach));
        return shared.map(catchUp -> catchUp.items().stream().anyMatch(item -> names(item.event(), userId))
                ? CatchUp.impossible(new Resync(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP))
                : catchUp);
    }

    private Optional<CatchUp> resolve(Position position, long reach) {
        Optional<List<ChatMessage>> recalled = recalled(position, reach);
        if (recalled.isPresent()) {
            return recalled.map(messages -> new CatchUp(null, items(position, messages)));
        }
        long low = low(position);
        Listed found = listed;
        if (found != null && found.reach <= reach && found.bottom <= low) {
            return Optional.of(new CatchUp(null, items(position, lacked(position, low, found.messages))));
        }
        return state.resumeLimit.givenUp(low, now)
                ? Optional.of(CatchUp.impossible(new Resync(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES)))
                : Optional.empty();
    }

    /** The states that a position lacks, lowest version first; empty if the ring has not got each of them. */
    private Optional<List<ChatMessage>> recalled(Position position, long reach) {
        long low = low(position);
        if (!state.polled || state.reach > reach || state.window.lowerBound() > low) {
            return Optional.empty();
        }
        Known known = new Known(position, low);
        state.window.allAbove(low, known::add);
        List<ChatMessage> messages = new ArrayList<>();
        boolean whole = state.window.allAbove(low, (id, version) -> {
            if (known.has(id, version)) {
                return true;
            }
            ChatMessage message = state.ring.find(id, version);
            return message != null && messages.add(message);
        });
        return whole ? Optional.of(messages) : Optional.empty();
    }

    private static List<ChatMessage> lacked(Position position, long low, List<ChatMessage> messages) {
        Known known = new Known(position, low);
        List<ChatMessage> above =
                messages.stream().filter(m -> m.version() > low).toList();
        above.forEach(m -> known.add(m.arrivedAt(), m.version()));
        return above.stream()
                .filter(m -> !known.has(m.arrivedAt(), m.version()))
                .toList();
    }

    /**
     * Which states the holder of a position has, of those that are there now. Where the position names none it has those
     * up to its version, if they add up to what it counted: a message that has changed since is taken to have been in its
     * first state before. If they do not add up, a state was listed late, and the holder is taken to have none.
     */
    private static final class Known {
        private final Position position;
        private final long low;
        private final RecentStates.Builder now = new RecentStates.Builder();
        private final RecentStates.Builder before = new RecentStates.Builder();

        Known(Position position, long low) {
            this.position = position;
            this.low = low;
        }

        boolean add(long id, long version) {
            if (version <= position.version()) {
                now.add(id, version);
                before.add(id, version);
            } else if (id > low && id <= position.version()) {
                before.add(id, id);
            }
            return true;
        }

        boolean has(long id, long version) {
            RecentStates recent = position.recent();
            return recent.named() ? recent.has(id, version) : version <= position.version() && addUp(recent);
        }

        private boolean addUp(RecentStates recent) {
            return now.build().addsUpTo(recent) || before.build().addsUpTo(recent);
        }
    }

    /** A client may lack states above this version; it has every state at or below it. */
    private long low(Position position) {
        return state.low(position, now);
    }

    private long reach(String userId) {
        return HistoryVisibility.of(state.roster, userId);
    }

    private List<Item> items(Position from, List<ChatMessage> messages) {
        List<ChatEvent> events = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        boolean participants = false;
        for (ChatMessage message : messages) {
            Optional<ChatEvent> event = ChangeEvents.since(state.threadId, message);
            if (event.isPresent()) {
                events.add(event.get());
                versions.add(message.version());
            }
            participants |= message.type().membership() && event.isPresent();
        }
        Position present = state.position(now);
        if (!participants && from.rosterHash() != present.rosterHash()) {
            List<Participant> all = List.copyOf(state.roster.members().values());
            events.add(new ChatEvent.ParticipantsAdded(state.threadId, now, Instant.ofEpochMilli(now), null, all));
        }
        ThreadProperties properties = state.properties;
        if (properties != null && from.propertiesHash() != present.propertiesHash()) {
            events.add(new ChatEvent.PropertiesUpdated(properties, now, Instant.ofEpochMilli(now), null));
        }
        if (state.receiptMarksKnown && from.receiptsHash() != present.receiptsHash()) {
            state.receiptMarks.all().forEach(r -> events.add(new ChatEvent.ReceiptMoved(state.threadId, r)));
        }
        // Of two states with one version the first leads nowhere: the client has not got the second one then.
        for (int i = 0; i < versions.size() - 1; i++) {
            if (versions.get(i).equals(versions.get(i + 1))) {
                versions.set(i, 0L);
            }
        }
        while (versions.size() < events.size()) {
            // What no version leads to is told again after a cut.
            versions.add(versions.isEmpty() ? 0 : versions.get(versions.size() - 1));
        }
        List<Item> items = new ArrayList<>();
        Position reached = from;
        for (int i = 0; i < events.size(); i++) {
            boolean last = i == events.size() - 1;
            reached = last ? present : after(reached, versions.get(i));
            items.add(new Item(events.get(i), reached));
        }
        return List.copyOf(items);
    }

    /** Where the client is after the event with that version: it has all states up to it, as events rise in version. */
    private Position after(Position from, long version) {
        long low = version - state.overlapMs(now);
        // Beyond the mark lies only a version that is ahead of the service's clock: it is told again after a cut.
        boolean ahead = version > state.window.mark();
        if (version <= from.version() || ahead || state.window.lowerBound() > low) {
            return from;
        }
        return new Position(
                version,
                state.window.between(low, version),
                from.rosterHash(),
                from.propertiesHash(),
                from.receiptsHash());
    }

    /** Whether an event says that the user joined or left: then the user sees another part of the history than before. */
    private static boolean names(ChatEvent event, String userId) {
        List<Participant> named =
                switch (event.type()) {
                    case PARTICIPANTS_ADDED ->
                        event instanceof ChatEvent.ParticipantsAdded e && e.addedById() != null
                                ? e.participants()
                                : List.of();
                    case PARTICIPANTS_REMOVED -> event.removedParticipants();
                    case MESSAGE_RECEIVED,
                            MESSAGE_EDITED,
                            MESSAGE_DELETED,
                            TYPING_INDICATOR,
                            READ_RECEIPT,
                            THREAD_CREATED,
                            THREAD_DELETED,
                            PROPERTIES_UPDATED -> List.of();
                };
        return named.stream().anyMatch(p -> p.userId().equals(userId));
    }
}
