package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.cycle.ChangeEvents;
import dev.chatgateway.poll.cycle.MetadataPoll;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ReplicaState;
import dev.chatgateway.poll.state.ReplicaUpdate;
import dev.chatgateway.poll.state.ThreadState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One thread's exchange with the other nodes: what this node replicates to followers, and what it applies of a leader. An
 * update is compared with what is known here, so that it does no harm if it comes twice, late, or from two nodes. Lives on
 * the poller's context.
 */
final class ReplicaApplier {
    private final ThreadState state;
    private final PollContext context;
    private final UpdatePublisher publisher;

    ReplicaApplier(ThreadState state, PollContext context, UpdatePublisher publisher) {
        this.state = state;
        this.context = context;
        this.publisher = publisher;
    }

    /** What an update of the leader has shown of the two nodes. */
    enum Outcome {
        /** Both know the same. */
        AGREED,
        /** They know different states. */
        DIFFERENT,
        /** The leader knew more before the update than this node: a poll of this node brings it. */
        BEHIND
    }

    /** Applies what the leader found. Not during a poll of this node. */
    Outcome apply(ReplicaUpdate update) {
        if (!state.polled) {
            // The first poll of this node is still to come, and sees it.
            return Outcome.AGREED;
        }
        long now = context.scheduler().now();
        VersionWindow window = state.window;
        List<Item> items = new ArrayList<>();
        ChangeEvents changes = new ChangeEvents(state, items, now);
        long mark = window.mark();
        boolean serves = update.reach() <= state.neededReach();
        boolean connected = serves && mark >= update.markBefore();
        state.leaderMark = serves ? Math.max(state.leaderMark, update.mark()) : state.leaderMark;
        List<ChatMessage> news = window.newStates(update.messages());
        state.noteLate(news, context.metrics().polls(), now);
        // Below the leader's old mark this node may lack states: its own mark stays until it has listed.
        changes.applyMessages(news, connected ? update.mark() : mark);
        if (connected) {
            window.raiseMark(update.mark());
            state.reach = Math.max(state.reach, update.reach());
        }
        applyReceipts(update.receipts(), changes);
        if (update.properties() != null) {
            changes.applyProperties(update.properties());
        }
        applyMembers(update.members(), update.membersReadAt());
        publish(update, items, state.endHeldBack());
        state.ring.add(changes.published(), mark, now);
        if (state.prune(now, !context.listOrder().doubted(state.threadId, now))) {
            context.metrics().limitHit("poll.pairs");
        }
        state.subscribers.removeUsers(state.subscribers.nonMembers(state.roster));
        if (serves && !connected) {
            return Outcome.BEHIND;
        }
        boolean same = update.resync() || !serves || state.recent().equals(update.recent());
        return same ? Outcome.AGREED : Outcome.DIFFERENT;
    }

    private void publish(ReplicaUpdate update, List<Item> items, Optional<Notice> ended) {
        long now = context.scheduler().now();
        List<Notice> notices = new ArrayList<>();
        ended.ifPresent(notices::add);
        Notice.FreshnessChanged freshness = update.freshness();
        if (freshness != null) {
            publisher.mirrorFreshness(freshness.freshness(), freshness.reason()).ifPresent(notices::add);
        }
        if (update.resync()) {
            notices.add(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Resync.Cause.LEADER)));
            state.ring.clear();
        }
        ChatEvent.ThreadDeleted deleted = update.deleted();
        if (deleted != null) {
            items.add(new Item(deleted, state.position(now)));
        }
        if (!items.isEmpty()) {
            state.interval.markHot(now);
        }
        publisher.publish(items, notices, deleted == null ? null : EndReason.THREAD_DELETED);
    }

    /**
     * Applies the parts of the leader's state that need no poll.
     *
     * @return true if this node lacks something that only a poll brings
     */
    boolean applyState(ReplicaState leader) {
        if (leader.freshness() != null) {
            publisher
                    .mirrorFreshness(leader.freshness(), null)
                    .ifPresent(notice -> publisher.publish(List.of(), List.of(notice), null));
        }
        VersionWindow window = new VersionWindow();
        window.unpack(Base64.getDecoder().decode(leader.window()));
        applyMembers(leader.members(), leader.membersReadAt());
        if (leader.receiptsKnown()) {
            state.receiptsReadAt = context.scheduler().now();
        }
        boolean receipts = leader.receipts().stream().anyMatch(theirs -> state.receiptMarks.all().stream()
                .noneMatch(mine -> mine.readerId().equals(theirs.readerId())
                        && mine.messageId().compareTo(theirs.messageId()) >= 0));
        boolean serves = leader.reach() <= state.neededReach();
        state.leaderMark = serves ? Math.max(state.leaderMark, window.mark()) : state.leaderMark;
        boolean messages = !serves
                || window.hasNewStatesFor(state.window, state.reach)
                || window.lowerBound() > state.window.mark();
        if (!messages) {
            state.window.raiseMark(window.mark());
            state.reach = Math.max(state.reach, leader.reach());
        }
        return messages || (receipts && state.subscribers.anySelects(EventGroup.RECEIPTS));
    }

    private void applyReceipts(List<ReadReceipt> receipts, ChangeEvents changes) {
        if (!receipts.isEmpty()) {
            changes.addReceipts(state.receiptMarks.apply(receipts));
            state.receiptsReadAt = context.scheduler().now();
        }
    }

    /** @param members null: the same participants, listed again */
    private void applyMembers(@Nullable Map<String, Participant> members, Instant readAt) {
        if (readAt.isAfter(state.roster.readAt())) {
            long ageMs = context.scheduler().now() - readAt.toEpochMilli();
            state.updateRoster(new Roster(members == null ? state.roster.members() : members, readAt));
            state.rosterDueAt = Math.max(state.rosterDueAt, MetadataPoll.nextRosterAt(context) - ageMs);
        }
    }

    /** What a poll of this node has found. */
    ReplicaUpdate update(PollResult result, List<Notice> notices) {
        List<ReadReceipt> receipts = result.items().stream()
                .flatMap(item -> receipt(item.event()).stream())
                .toList();
        ChatEvent.ThreadDeleted deleted = result.items().stream()
                .flatMap(item -> deletion(item.event()).stream())
                .findFirst()
                .orElse(null);
        Notice.FreshnessChanged freshness = notices.stream()
                .filter(Notice.FreshnessChanged.class::isInstance)
                .map(Notice.FreshnessChanged.class::cast)
                .findFirst()
                .orElse(null);
        boolean resync = notices.stream().anyMatch(Notice.ResyncNeeded.class::isInstance);
        return new ReplicaUpdate(
                state.threadId,
                result.published(),
                receipts,
                state.roster.members(),
                state.roster.readAt(),
                state.properties,
                freshness,
                resync,
                deleted,
                result.markBefore(),
                state.window.mark(),
                state.reach,
                state.recent());
    }

    private static Optional<ReadReceipt> receipt(ChatEvent event) {
        return switch (event.type()) {
            case READ_RECEIPT ->
                event instanceof ChatEvent.ReceiptMoved moved ? Optional.of(moved.receipt()) : Optional.empty();
            // Followers derive these from the messages and the properties of the update.
            case MESSAGE_RECEIVED,
                    MESSAGE_EDITED,
                    MESSAGE_DELETED,
                    PROPERTIES_UPDATED,
                    PARTICIPANTS_ADDED,
                    PARTICIPANTS_REMOVED -> Optional.empty();
            // A deletion has a field of its own, typing a message of its own; each node finds out
            // itself who has stopped. The inbox of each node reports new
            // threads.
            case THREAD_DELETED, TYPING_INDICATOR, TYPING_STOPPED, THREAD_CREATED -> Optional.empty();
        };
    }

    private static Optional<ChatEvent.ThreadDeleted> deletion(ChatEvent event) {
        return event.type().endsThread() && event instanceof ChatEvent.ThreadDeleted deleted
                ? Optional.of(deleted)
                : Optional.empty();
    }

    /** How current the events are, between two polls. */
    ReplicaUpdate freshness(Notice.FreshnessChanged notice) {
        return new ReplicaUpdate(
                state.threadId,
                List.of(),
                List.of(),
                null,
                state.roster.readAt(),
                null,
                notice,
                false,
                null,
                state.window.mark(),
                state.window.mark(),
                state.reach,
                state.recent());
    }

    /** All that this node knows. */
    Optional<ReplicaState> state() {
        return state.polled
                ? Optional.of(new ReplicaState(
                        state.threadId,
                        Base64.getEncoder().encodeToString(state.window.pack()),
                        state.reach,
                        state.roster.members(),
                        state.roster.readAt(),
                        state.properties,
                        List.copyOf(state.receiptMarks.all()),
                        state.receiptMarksKnown,
                        publisher.freshness()))
                : Optional.empty();
    }
}
