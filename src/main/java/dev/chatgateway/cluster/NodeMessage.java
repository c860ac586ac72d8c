package dev.chatgateway.cluster;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadProperties;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A message between nodes. None holds a token. The names in JSON are the labels of the metric {@code
 * chatgateway_cluster_messages_total}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
    @JsonSubTypes.Type(value = NodeMessage.StateRequest.class, name = "interest"),
    @JsonSubTypes.Type(value = NodeMessage.Renewal.class, name = "renewal"),
    @JsonSubTypes.Type(value = NodeMessage.Withdrawal.class, name = "withdrawal"),
    @JsonSubTypes.Type(value = NodeMessage.NotLeader.class, name = "moved"),
    @JsonSubTypes.Type(value = NodeMessage.UnknownFollower.class, name = "forgotten"),
    @JsonSubTypes.Type(value = NodeMessage.State.class, name = "state"),
    @JsonSubTypes.Type(value = NodeMessage.Update.class, name = "told"),
    @JsonSubTypes.Type(value = NodeMessage.RefreshHint.class, name = "poked"),
    @JsonSubTypes.Type(value = NodeMessage.Typing.class, name = "typed"),
    @JsonSubTypes.Type(value = NodeMessage.Ingested.class, name = "ingested"),
    @JsonSubTypes.Type(value = NodeMessage.PermitRequest.class, name = "borrow"),
    @JsonSubTypes.Type(value = NodeMessage.PermitReply.class, name = "lent"),
    @JsonSubTypes.Type(value = NodeMessage.PermitEnd.class, name = "repaid")
})
public sealed interface NodeMessage {
    /**
     * To the leader of a thread: the sender follows, and requests the state. Answered with {@link State} or {@link NotLeader}.
     *
     * @param groups the event groups that subscribers of the sender want
     * @param arrived whether a subscriber has just come
     * @param reach the earliest time from which on a subscriber of the sender sees messages, epoch milliseconds; a lower
     *     number reaches further back
     */
    record StateRequest(String threadId, Set<EventGroup> groups, boolean arrived, long reach) implements NodeMessage {}

    /**
     * The sender still follows these threads. Answered with {@link NotLeader} for threads that the receiver does not lead, and
     * with {@link UnknownFollower} where it does not know the follower.
     */
    record Renewal(List<String> threadIds) implements NodeMessage {}

    /** To the leader: the sender follows the thread no more. */
    record Withdrawal(String threadId) implements NodeMessage {}

    /**
     * The sender does not lead the thread (any more): the lease says which node does.
     *
     * @param used what the sender has used of the thread's windows, 0 to 1; 1 if it has not just handed the thread over
     */
    record NotLeader(String threadId, double used) implements NodeMessage {}

    /** The sender leads the thread, but did not know the receiver as a follower: the receiver may have missed updates. */
    record UnknownFollower(String threadId) implements NodeMessage {}

    /**
     * What the leader knows of a thread, so that a follower finds out what it lacks.
     *
     * @param window mark and newest states, packed, in base64
     * @param reach from when on messages are known, epoch milliseconds
     * @param freshness how current its events are
     */
    record State(
            String threadId,
            String window,
            long reach,
            Members members,
            @Nullable ThreadProperties properties,
            List<ReadReceipt> receipts,
            boolean receiptsKnown,
            @Nullable Freshness freshness)
            implements NodeMessage {}

    /**
     * What a poll of the leader found. A follower applies it as if it had polled.
     *
     * @param messages in the states that were published, lowest version first
     * @param members null while they are the same as in the update before
     * @param provenAgeMs how long ago the service listed the participants; -1 if only messages name them
     * @param properties null while they are the same as in the update before
     * @param freshness null while it is the same as before
     * @param resync whether the leader's own subscribers were told to take fresh state
     * @param deletedOn when the thread was deleted; null while it exists
     * @param markBefore everything up to this version was known before the poll
     * @param mark everything up to this version is known after the poll
     * @param reach from when on messages are known, epoch milliseconds
     * @param recent the states around the mark after the poll, by which a follower finds out whether it lacks any
     */
    record Update(
            String threadId,
            List<ChatMessage> messages,
            List<ReadReceipt> receipts,
            @Nullable List<Participant> members,
            long provenAgeMs,
            @Nullable ThreadProperties properties,
            @Nullable Freshness freshness,
            @Nullable String reason,
            boolean resync,
            @Nullable Instant deletedOn,
            boolean deletedByPolicy,
            long markBefore,
            long mark,
            long reach,
            RecentStates recent)
            implements NodeMessage {}

    /** The participants, and how long ago the service listed them, in milliseconds; -1 if only messages name them. */
    record Members(List<Participant> all, long ageMs) {}

    /** A refresh hint: something was written through the sender, or the service has pushed it to the sender. */
    record RefreshHint(Poke poke, boolean pushed) implements NodeMessage {}

    /**
     * A user is typing.
     *
     * @param throttled whether the service was not told because of its rate limits, so that a fresh roster must name the user
     */
    record Typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn, boolean throttled)
            implements NodeMessage {}

    /** Messages that the chat service does not know, for benchmarks. */
    record Ingested(String threadId, List<String> contents) implements NodeMessage {}

    /**
     * To the owner of a thread's quota: admit an interactive call of this node. Answered with {@link PermitReply}.
     *
     * @param permit the sender's number of it
     * @param operation the name of the operation
     */
    record PermitRequest(@JsonProperty("loan") long permit, String threadId, String userId, String operation)
            implements NodeMessage {}

    /** The answer: when the call may be sent, in milliseconds; -1 for a refusal. */
    record PermitReply(@JsonProperty("loan") long permit, long waitMs) implements NodeMessage {}

    /**
     * A call with a permit has ended.
     *
     * @param counted whether the service may have counted it
     * @param pauseMs for how long the service accepts no such calls (429); 0 if it does
     */
    record PermitEnd(@JsonProperty("loan") long permit, boolean counted, long pauseMs) implements NodeMessage {}
}
