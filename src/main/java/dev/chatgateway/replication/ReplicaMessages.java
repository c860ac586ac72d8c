package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.ThreadDeleted;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadUpdate.Notice.FreshnessChanged;
import dev.chatgateway.poll.state.ReplicaState;
import dev.chatgateway.poll.state.ReplicaUpdate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Updates and states of threads as messages between nodes. Clocks of nodes may differ, so that a message holds the age of
 * the list of participants in place of its time.
 */
final class ReplicaMessages {
    /** The age of participants that only messages name. */
    private static final long NEVER_LISTED = -1;

    private ReplicaMessages() {}

    /**
     * @param members whether the participants differ from those that the followers know
     * @param properties whether the properties differ from those that the followers know
     */
    static NodeMessage.Update update(ReplicaUpdate update, boolean members, boolean properties, long now) {
        Map<String, Participant> all = members ? update.members() : null;
        FreshnessChanged freshness = update.freshness();
        ThreadDeleted deleted = update.deleted();
        return new NodeMessage.Update(
                update.threadId(),
                update.messages(),
                update.receipts(),
                all == null ? null : List.copyOf(all.values()),
                age(update.membersReadAt(), now),
                properties ? update.properties() : null,
                freshness == null ? null : freshness.freshness(),
                freshness == null ? null : freshness.reason(),
                update.resync(),
                deleted == null ? null : deleted.deletedOn(),
                deleted != null && deleted.byPolicy(),
                update.markBefore(),
                update.mark(),
                update.reach(),
                update.recent());
    }

    static ReplicaUpdate update(NodeMessage.Update message, long now) {
        Freshness freshness = message.freshness();
        Instant deletedOn = message.deletedOn();
        List<Participant> members = message.members();
        return new ReplicaUpdate(
                message.threadId(),
                message.messages(),
                message.receipts(),
                members == null ? null : byId(members),
                readAt(message.provenAgeMs(), now),
                message.properties(),
                freshness == null ? null : new FreshnessChanged(freshness, reason(message.reason())),
                message.resync(),
                deletedOn == null
                        ? null
                        : new ThreadDeleted(message.threadId(), deletedOn, null, message.deletedByPolicy()),
                message.markBefore(),
                message.mark(),
                message.reach(),
                message.recent());
    }

    private static String reason(@Nullable String reason) {
        return Objects.requireNonNullElse(reason, "active");
    }

    static NodeMessage.State state(ReplicaState state, long now) {
        return new NodeMessage.State(
                state.threadId(),
                state.window(),
                state.reach(),
                new NodeMessage.Members(List.copyOf(state.members().values()), age(state.membersReadAt(), now)),
                state.properties(),
                state.receipts(),
                state.receiptsKnown(),
                state.freshness());
    }

    static ReplicaState state(NodeMessage.State message, long now) {
        return new ReplicaState(
                message.threadId(),
                message.window(),
                message.reach(),
                byId(message.members().all()),
                readAt(message.members().ageMs(), now),
                message.properties(),
                message.receipts(),
                message.receiptsKnown(),
                message.freshness());
    }

    static NodeMessage.Typing typing(TypingIndicator typing, boolean throttled) {
        return new NodeMessage.Typing(
                typing.threadId(), typing.senderId(), typing.senderDisplayName(), typing.receivedOn(), throttled);
    }

    static TypingIndicator typing(NodeMessage.Typing message) {
        return new TypingIndicator(
                message.threadId(), message.senderId(), message.senderDisplayName(), message.receivedOn());
    }

    private static Map<String, Participant> byId(List<Participant> members) {
        Map<String, Participant> map = new HashMap<>();
        members.forEach(member -> map.put(member.userId(), member));
        return map;
    }

    private static long age(Instant readAt, long now) {
        return readAt.equals(Instant.EPOCH) ? NEVER_LISTED : Math.max(0, now - readAt.toEpochMilli());
    }

    private static Instant readAt(long ageMs, long now) {
        return ageMs < 0 ? Instant.EPOCH : Instant.ofEpochMilli(now - ageMs);
    }
}
