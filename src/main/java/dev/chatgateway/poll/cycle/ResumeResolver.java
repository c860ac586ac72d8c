package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.Position.Hashed;
import dev.chatgateway.event.Position.Since;
import dev.chatgateway.event.ReadReceipt;
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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the events that resuming subscribers lack: from the {@link MessageRing} if it holds every state that a
 * subscriber lacks, else from one listing that serves all of them. Subscribers with the same position share the result.
 * Used on the poller's context, for one poll or as long as the thread's state does not change.
 */
public final class ResumeResolver {
    /**
     * The service writes the topic of a new thread as a topic update this soon after the creation, in milliseconds. The
     * creation is reported in whole seconds.
     */
    private static final long CREATION_MS = 2_000;

    private static final long SECOND_MS = 1_000;

    private final ThreadState state;
    private final boolean inOrder;
    private final long now;
    private final Map<Key, Optional<CatchUp>> resolved = new HashMap<>();
    private @Nullable Listed listed;

    /** @param inOrder whether the service lists the thread by version; if it may not, every result is a resync */
    public ResumeResolver(ThreadState state, boolean inOrder, long now) {
        this.state = state;
        this.inOrder = inOrder;
        this.now = now;
    }

    /** Every state above {@code bottom} of the messages that arrived at {@code visibleFrom} or later, by version. */
    private record Listed(List<ChatMessage> messages, long bottom, long visibleFrom) {}

    /** Users with the same position and the same admissible sources share a result. */
    private record Key(Position position, boolean fromRing, boolean fromListing) {}

    /**
     * The version down to which a listing must go for subscribers that the ring cannot serve; empty if there are none.
     */
    OptionalLong requiredDepth(List<PendingSubscription> pending) {
        return pending.stream()
                .filter(p -> p.proven() && inOrder)
                .filter(p -> p.resumeFrom()
                        .filter(position -> !state.resumeLimit.givenUp(completeUpTo(position), now))
                        .filter(position -> missingFromRing(
                                        position, visibleFrom(p.subscriber().userId()))
                                .isEmpty())
                        .isPresent())
                .mapToLong(p -> completeUpTo(p.resumeFrom().orElseThrow()))
                .min();
    }

    /**
     * Uses a listing of this poll.
     *
     * @param bottom every state above this version is listed
     * @param visibleFrom the reader sees messages that arrived at this time or later
     */
    void useListing(List<ChatMessage> messages, long bottom, long visibleFrom) {
        Map<Long, ChatMessage> newest = new HashMap<>();
        messages.forEach(m -> newest.merge(m.arrivedAt(), m, (a, b) -> a.version() >= b.version() ? a : b));
        listed = new Listed(
                newest.values().stream()
                        .sorted(Comparator.comparingLong(ChatMessage::version)
                                .thenComparingLong(ChatMessage::arrivedAt))
                        .toList(),
                bottom,
                visibleFrom);
    }

    /**
     * The events that a user lacks who resumes from a position; empty if a listing down to the position is needed
     * first.
     */
    public Optional<CatchUp> catchUp(Position position, String userId) {
        expectReceipts(position);
        if (!inOrder) {
            return Optional.of(CatchUp.impossible(new Resync(ResyncReason.CURSOR_MISMATCH, Cause.LIST_ORDER)));
        }
        long visibleFrom = visibleFrom(userId);
        boolean fromRing = state.reach <= visibleFrom;
        boolean fromListing = listed != null && listed.visibleFrom <= visibleFrom;
        Key key = new Key(position, fromRing, fromListing);
        Optional<CatchUp> shared = resolved.computeIfAbsent(key, k -> resolve(position, visibleFrom));
        boolean timed = position.metadata() instanceof Since;
        return shared.map(timed ? catchUp -> sinceJoin(catchUp, userId) : catchUp -> catchUp)
                .map(catchUp -> catchUp.items().stream().anyMatch(item -> changesMembershipOf(item.event(), userId))
                        ? CatchUp.impossible(new Resync(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP))
                        : catchUp);
    }

    /** The first listing of the receipts must publish those that the client may lack. */
    private void expectReceipts(Position position) {
        if (state.receiptMarksKnown) {
            return;
        }
        if (position.metadata() instanceof Since since) {
            state.receiptsNewsFrom = Math.min(state.receiptsNewsFrom, since.time() - SECOND_MS);
        } else {
            state.receiptMarksOwed = true;
        }
    }

    /**
     * What a client lacks that became a participant after the time at which its position begins: only what followed its
     * addition. The last event has the present position.
     */
    private static CatchUp sinceJoin(CatchUp catchUp, String userId) {
        List<Item> items = catchUp.items();
        int join = items.size() - 1;
        while (join >= 0 && !names(items.get(join).event().addedParticipants(), userId)) {
            join--;
        }
        if (join < 0 || catchUp.resync() != null) {
            return catchUp;
        }
        long joinedAt = items.get(join).event().historyVersion();
        List<Item> after = new ArrayList<>(items.subList(join + 1, items.size()));
        after.removeIf(
                item -> item.event() instanceof ChatEvent.ReceiptMoved moved && latest(moved.receipt()) <= joinedAt);
        if (!after.isEmpty()) {
            Item last = after.remove(after.size() - 1);
            after.add(new Item(last.event(), items.get(items.size() - 1).position()));
        }
        return new CatchUp(null, List.copyOf(after));
    }

    private static boolean names(List<Participant> participants, String userId) {
        return participants.stream().anyMatch(p -> p.userId().equals(userId));
    }

    private Optional<CatchUp> resolve(Position position, long visibleFrom) {
        Optional<List<ChatMessage>> ringMessages = missingFromRing(position, visibleFrom);
        if (ringMessages.isPresent()) {
            return ringMessages.map(messages -> new CatchUp(null, items(position, messages)));
        }
        long completeUpTo = completeUpTo(position);
        Listed listing = listed;
        if (listing != null && listing.visibleFrom <= visibleFrom && listing.bottom <= completeUpTo) {
            List<ChatMessage> missing = missingFrom(listing.messages, position, completeUpTo);
            return Optional.of(new CatchUp(null, items(position, missing)));
        }
        return state.resumeLimit.givenUp(completeUpTo, now)
                ? Optional.of(CatchUp.impossible(new Resync(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES)))
                : Optional.empty();
    }

    /** The states that the position lacks, lowest version first; empty if the ring lacks one of them. */
    private Optional<List<ChatMessage>> missingFromRing(Position position, long visibleFrom) {
        long completeUpTo = completeUpTo(position);
        if (!state.polled || state.reach > visibleFrom || state.window.lowerBound() > completeUpTo) {
            return Optional.empty();
        }
        HeldStates held = new HeldStates(position, completeUpTo);
        state.window.allAbove(completeUpTo, held::add);
        List<ChatMessage> missing = new ArrayList<>();
        boolean complete = state.window.allAbove(completeUpTo, (id, version) -> {
            if (held.has(id, version)) {
                return true;
            }
            ChatMessage message = state.ring.find(id, version);
            return message != null && missing.add(message);
        });
        return complete ? Optional.of(missing) : Optional.empty();
    }

    private static List<ChatMessage> missingFrom(List<ChatMessage> messages, Position position, long completeUpTo) {
        HeldStates held = new HeldStates(position, completeUpTo);
        List<ChatMessage> above =
                messages.stream().filter(m -> m.version() > completeUpTo).toList();
        above.forEach(m -> held.add(m.arrivedAt(), m.version()));
        return above.stream().filter(m -> !held.has(m.arrivedAt(), m.version())).toList();
    }

    /**
     * The states that the holder of a position has, out of the present states of the messages. If the position names
     * its recent states one by one, it has those. Else the position carries their number and sum, and the holder has
     * the states up to its version if they match number and sum. A message that has changed since is assumed to have
     * been in its first state. If they do not match, a state was listed late, and the holder is assumed to have none of
     * them.
     */
    private static final class HeldStates {
        private final Position position;
        private final long completeUpTo;
        private final RecentStates.Builder unchanged = new RecentStates.Builder();
        private final RecentStates.Builder withFirstStates = new RecentStates.Builder();

        HeldStates(Position position, long completeUpTo) {
            this.position = position;
            this.completeUpTo = completeUpTo;
        }

        /** Adds a present state. Returns true, so that it can be passed to {@code VersionWindow#allAbove}. */
        boolean add(long id, long version) {
            if (version <= position.version()) {
                unchanged.add(id, version);
                withFirstStates.add(id, version);
            } else if (id > completeUpTo && id <= position.version()) {
                withFirstStates.add(id, id);
            }
            return true;
        }

        boolean has(long id, long version) {
            RecentStates recent = position.recent();
            return recent.named() ? recent.has(id, version) : version <= position.version() && match(recent);
        }

        private boolean match(RecentStates recent) {
            return unchanged.build().addsUpTo(recent) || withFirstStates.build().addsUpTo(recent);
        }
    }

    /** The holder of the position has every state up to this version, and may lack states above it. */
    private long completeUpTo(Position position) {
        return state.completeUpTo(position, now);
    }

    private long visibleFrom(String userId) {
        return HistoryVisibility.visibleFrom(state.roster, userId);
    }

    /**
     * The events for the missing states and for other changes since the position, each with the position after it. The
     * last one has the present position.
     */
    private List<Item> items(Position from, List<ChatMessage> missing) {
        List<ChatEvent> events = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        boolean membershipEvents = false;
        ChatMessage renamed = from.metadata() instanceof Since ? lastRename(from, missing) : null;
        for (ChatMessage message : missing) {
            Optional<ChatEvent> event = message.equals(renamed)
                    ? propertiesUpdated(message)
                    : ChangeEvents.resumeEvent(state.threadId, message);
            if (event.isPresent()) {
                events.add(event.get());
                versions.add(message.version());
            }
            membershipEvents |= message.type().membership() && event.isPresent();
        }
        skipTies(versions);
        addMetadataEvents(events, from, !membershipEvents);
        List<Item> items = new ArrayList<>();
        Position reached = from;
        for (int i = 0; i < events.size(); i++) {
            boolean last = i == events.size() - 1;
            if (last) {
                reached = state.position(now);
            } else if (i < versions.size()) {
                reached = positionAfter(reached, versions.get(i));
            }
            items.add(new Item(events.get(i), reached));
        }
        return List.copyOf(items);
    }

    /**
     * The last topic update, whose event carries the present properties; null if there is none. The topic that a thread
     * was created with is no update.
     */
    private @Nullable ChatMessage lastRename(Position from, List<ChatMessage> missing) {
        List<ChatMessage> renames = missing.stream()
                .filter(m -> m.type() == MessageType.TOPIC_UPDATED && m.version() == m.arrivedAt())
                .toList();
        ThreadProperties properties = state.properties;
        if (renames.isEmpty() || properties == null) {
            return null;
        }
        ChatMessage last = renames.get(renames.size() - 1);
        long createdOn = properties.createdOn().toEpochMilli();
        // The service gives the time of the creation in whole seconds.
        boolean creation = renames.size() == 1
                && from.version() < createdOn + SECOND_MS
                && last.arrivedAt() <= createdOn + CREATION_MS;
        return creation ? null : last;
    }

    private Optional<ChatEvent> propertiesUpdated(ChatMessage renamed) {
        return Optional.ofNullable(state.properties)
                .map(properties -> new ChatEvent.PropertiesUpdated(
                        properties, renamed.version(), renamed.createdOn(), renamed.initiatorId()));
    }

    /**
     * Of several states with one version only the last advances the position: after an earlier one the client still
     * lacks the next one. Replaces the versions of the earlier ones by 0.
     */
    private static void skipTies(List<Long> versions) {
        for (int i = 0; i < versions.size() - 1; i++) {
            if (versions.get(i).equals(versions.get(i + 1))) {
                versions.set(i, 0L);
            }
        }
    }

    /**
     * Adds events for changes that no message reports. These events have no version and do not advance the position: a
     * client that disconnects between them gets them again.
     */
    private void addMetadataEvents(List<ChatEvent> events, Position from, boolean withParticipants) {
        if (from.metadata() instanceof Hashed known && state.position(now).metadata() instanceof Hashed present) {
            addChanges(events, known, present, withParticipants);
        } else if (from.metadata() instanceof Since since && state.receiptMarksKnown) {
            addReceipts(events, r -> latest(r) > since.time());
        }
    }

    /** Adds events for participants, properties and receipts whose hash in the position is not the present one. */
    private void addChanges(List<ChatEvent> events, Hashed from, Hashed present, boolean withParticipants) {
        if (withParticipants && from.rosterHash() != present.rosterHash()) {
            List<Participant> all = List.copyOf(state.roster.members().values());
            events.add(new ChatEvent.ParticipantsAdded(state.threadId, now, Instant.ofEpochMilli(now), null, all));
        }
        ThreadProperties properties = state.properties;
        if (properties != null && from.propertiesHash() != present.propertiesHash()) {
            events.add(new ChatEvent.PropertiesUpdated(properties, now, Instant.ofEpochMilli(now), null));
        }
        if (state.receiptMarksKnown && from.receiptsHash() != present.receiptsHash()) {
            addReceipts(events, r -> true);
        }
    }

    /** The service reports the time in whole seconds: the receipt may have been sent as late as this, epoch milliseconds. */
    private static long latest(ReadReceipt receipt) {
        long millis = receipt.readOn().toEpochMilli();
        return millis % SECOND_MS == 0 ? millis + SECOND_MS - 1 : millis;
    }

    private void addReceipts(List<ChatEvent> events, Predicate<ReadReceipt> missing) {
        state.receiptMarks.all().stream()
                .filter(missing)
                .forEach(r -> events.add(new ChatEvent.ReceiptMoved(state.threadId, r)));
    }

    /**
     * The position of a client that has the event with that version: versions ascend, so it has all states up to it.
     */
    private Position positionAfter(Position from, long version) {
        long overlapFrom = version - state.overlapMs(now);
        long recentFrom = from.metadata() instanceof Since since ? Math.max(overlapFrom, since.time()) : overlapFrom;
        // A version above the mark is ahead of the service's clock. A position at it would skip states that come later
        // with a lower version, so the client gets the event again if it disconnects here.
        boolean ahead = version > state.window.mark();
        if (version <= from.version() || ahead || state.window.lowerBound() > recentFrom) {
            return from;
        }
        return new Position(version, state.window.statesBetween(recentFrom, version), from.metadata());
    }

    /** Whether an event says that the user joined or left: then the user may see another part of the history now. */
    private static boolean changesMembershipOf(ChatEvent event, String userId) {
        List<Participant> changed =
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
                            TYPING_STOPPED,
                            READ_RECEIPT,
                            THREAD_CREATED,
                            THREAD_DELETED,
                            PROPERTIES_UPDATED -> List.of();
                };
        return changed.stream().anyMatch(p -> p.userId().equals(userId));
    }
}
