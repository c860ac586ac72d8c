package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
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
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.thread.Audited;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A thread that another node reads: what that node tells is taken as a reading of one's own, compared with what is known
 * here, so that it does no harm if it comes twice, late, or from two nodes.
 */
final class ReplicaApplier {
    private final PollContext env;

    ReplicaApplier(PollContext env) {
        this.env = env;
    }

    /** What an update of the leader has shown of the two nodes. */
    enum Outcome {
        /** Both know the same. */
        AGREED,
        /** They know different states. */
        DIFFERENT,
        /** The leader knew more before the update than this node: a listing of its own brings it. */
        BEHIND
    }

    /** Applies what the leader found. */
    Outcome take(Audited thread, NodeMessage.Told told) {
        ThreadState state = thread.state();
        if (!state.read) {
            // The first reading is still to come, and sees it.
            return Outcome.AGREED;
        }
        long now = env.ticker().now();
        VersionWindow window = state.window;
        List<Item> items = new ArrayList<>();
        ChangeEvents changes = new ChangeEvents(state, items, now);
        long mark = window.mark();
        boolean serves = told.reach() <= state.neededReach();
        boolean connected = serves && mark >= told.markBefore();
        state.leaderMark = serves ? Math.max(state.leaderMark, told.mark()) : state.leaderMark;
        List<ChatMessage> news = window.newStates(told.messages());
        state.noteLate(news, env.metrics().polls(), now);
        // Below the leader's old mark this node may lack states: its own mark stays until it has listed.
        changes.applyMessages(news, connected ? told.mark() : mark);
        if (connected) {
            window.raiseMark(told.mark());
            state.reach = Math.max(state.reach, told.reach());
        }
        receipts(state, told.receipts(), changes);
        if (told.properties() != null) {
            changes.applyProperties(told.properties());
        }
        List<Participant> members = told.members();
        roster(state, members == null ? null : of(members), told.provenAgeMs());
        announce(thread, told, items, state.endHeldBack());
        state.ring.add(changes.published(), mark, now);
        if (state.prune(now, !env.order().doubted(state.threadId, now))) {
            env.metrics().limitHit("poll.pairs");
        }
        state.watchers.removeUsers(state.watchers.nonMembers(state.roster));
        if (serves && !connected) {
            return Outcome.BEHIND;
        }
        boolean same = told.resync() || !serves || state.recent().equals(told.recent());
        return same ? Outcome.AGREED : Outcome.DIFFERENT;
    }

    private void announce(Audited thread, NodeMessage.Told told, List<Item> items, Optional<Notice> ended) {
        ThreadState state = thread.state();
        long now = env.ticker().now();
        List<Notice> notices = new ArrayList<>();
        ended.ifPresent(notices::add);
        if (told.freshness() != null) {
            thread.announcer().follows(told.freshness(), told.reason()).ifPresent(notices::add);
        }
        if (told.resync()) {
            notices.add(new Notice.Resync(ResyncReason.GAP));
            state.ring.clear();
        }
        Instant deletedOn = told.deletedOn();
        if (deletedOn != null) {
            items.add(new Item(
                    new ChatEvent.ThreadDeleted(state.threadId, deletedOn, null, told.deletedByPolicy()),
                    state.position(now)));
        }
        if (!items.isEmpty()) {
            state.pace.moved(now);
        }
        thread.announcer().followed(items, notices, deletedOn == null ? null : EndReason.THREAD_DELETED);
    }

    /** Compares where the other stands; whether it knows something that is not known here. */
    boolean lacks(Audited thread, NodeMessage.State theirs) {
        ThreadState state = thread.state();
        if (theirs.freshness() != null) {
            Optional<Notice.FreshnessChanged> fresh = thread.announcer().follows(theirs.freshness(), null);
            fresh.ifPresent(notice -> thread.announcer().followed(List.of(), List.of(notice), null));
        }
        VersionWindow window = new VersionWindow();
        window.unpack(Base64.getDecoder().decode(theirs.window()));
        roster(state, of(theirs.members().all()), theirs.members().ageMs());
        if (theirs.receiptsKnown()) {
            state.receiptsReadAt = env.ticker().now();
        }
        boolean receipts = theirs.receipts().stream().anyMatch(theirsOf -> state.marks.all().stream()
                .noneMatch(mine -> mine.readerId().equals(theirsOf.readerId())
                        && mine.messageId().compareTo(theirsOf.messageId()) >= 0));
        boolean serves = theirs.reach() <= state.neededReach();
        state.leaderMark = serves ? Math.max(state.leaderMark, window.mark()) : state.leaderMark;
        boolean messages = !serves
                || window.hasNewStatesFor(state.window, state.reach)
                || window.lowerBound() > state.window.mark();
        if (!messages) {
            state.window.raiseMark(window.mark());
            state.reach = Math.max(state.reach, theirs.reach());
        }
        return messages || (receipts && state.watchers.anySelects(EventGroup.RECEIPTS));
    }

    private void receipts(ThreadState state, List<ReadReceipt> told, ChangeEvents changes) {
        if (!told.isEmpty()) {
            changes.addReceipts(state.marks.apply(told));
            state.receiptsReadAt = env.ticker().now();
        }
    }

    /** Members null: the same as before, named again. */
    private void roster(ThreadState state, @Nullable Map<String, Participant> members, long ageMs) {
        long readAt = env.ticker().now() - ageMs;
        if (ageMs >= 0 && readAt > state.roster.readAt().toEpochMilli()) {
            state.roster(new Roster(members == null ? state.roster.members() : members, Instant.ofEpochMilli(readAt)));
            state.rosterDueAt = Math.max(state.rosterDueAt, MetadataPoll.nextRosterAt(env) - ageMs);
        }
    }

    private static Map<String, Participant> of(List<Participant> members) {
        Map<String, Participant> map = new HashMap<>();
        members.forEach(member -> map.put(member.userId(), member));
        return map;
    }

    /** What a round of this node has found, for others. */
    static NodeMessage.Told told(
            ThreadState state, PollResult result, List<Notice> notices, boolean members, boolean properties, long now) {
        List<ReadReceipt> receipts = new ArrayList<>();
        ChatEvent.ThreadDeleted deleted = null;
        for (Item item : result.items()) {
            if (item.event() instanceof ChatEvent.ReceiptMoved moved) {
                receipts.add(moved.receipt());
            } else if (item.event() instanceof ChatEvent.ThreadDeleted gone) {
                deleted = gone;
            }
        }
        Notice.FreshnessChanged freshness = notices.stream()
                .filter(Notice.FreshnessChanged.class::isInstance)
                .map(Notice.FreshnessChanged.class::cast)
                .findFirst()
                .orElse(null);
        List<ChatMessage> messages = result.published();
        return new NodeMessage.Told(
                state.threadId,
                messages,
                receipts,
                members ? List.copyOf(state.roster.members().values()) : null,
                age(state.roster, now),
                properties ? state.properties : null,
                freshness == null ? null : freshness.freshness(),
                freshness == null ? null : freshness.reason(),
                notices.stream().anyMatch(Notice.Resync.class::isInstance),
                deleted == null ? null : deleted.deletedOn(),
                deleted != null && deleted.byPolicy(),
                result.markBefore(),
                state.window.mark(),
                state.reach,
                state.recent());
    }

    /** How current the thread's events are, between rounds. */
    static NodeMessage.Told fresh(ThreadState state, Notice.FreshnessChanged fresh, long now) {
        return new NodeMessage.Told(
                state.threadId,
                List.of(),
                List.of(),
                null,
                age(state.roster, now),
                null,
                fresh.freshness(),
                fresh.reason(),
                false,
                null,
                false,
                state.window.mark(),
                state.window.mark(),
                state.reach,
                state.recent());
    }

    /** Somebody is writing. */
    static NodeMessage typed(ChatEvent.TypingIndicator typing, boolean throttled) {
        return new NodeMessage.Typed(
                typing.threadId(), typing.senderId(), typing.senderDisplayName(), typing.receivedOn(), throttled);
    }

    /** Where this node stands. */
    static NodeMessage.State state(Audited thread, long now) {
        ThreadState state = thread.state();
        return new NodeMessage.State(
                state.threadId,
                Base64.getEncoder().encodeToString(state.window.pack()),
                state.reach,
                new NodeMessage.Members(List.copyOf(state.roster.members().values()), age(state.roster, now)),
                state.properties,
                List.copyOf(state.marks.all()),
                state.marksKnown,
                thread.announcer().freshness());
    }

    /** Negative: no list of participants says it, only messages do. */
    private static long age(Roster roster, long now) {
        return roster.readAt().equals(Instant.EPOCH)
                ? -1
                : Math.max(0, now - roster.readAt().toEpochMilli());
    }
}
