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

/** What one node tells another. Tokens are in none of them: they never leave the node that a user is connected to. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
    @JsonSubTypes.Type(value = NodeMessage.Interest.class, name = "interest"),
    @JsonSubTypes.Type(value = NodeMessage.Renewal.class, name = "renewal"),
    @JsonSubTypes.Type(value = NodeMessage.Withdrawal.class, name = "withdrawal"),
    @JsonSubTypes.Type(value = NodeMessage.Moved.class, name = "moved"),
    @JsonSubTypes.Type(value = NodeMessage.Forgotten.class, name = "forgotten"),
    @JsonSubTypes.Type(value = NodeMessage.State.class, name = "state"),
    @JsonSubTypes.Type(value = NodeMessage.Told.class, name = "told"),
    @JsonSubTypes.Type(value = NodeMessage.Poked.class, name = "poked"),
    @JsonSubTypes.Type(value = NodeMessage.Typed.class, name = "typed"),
    @JsonSubTypes.Type(value = NodeMessage.Ingested.class, name = "ingested"),
    @JsonSubTypes.Type(value = NodeMessage.PermitRequest.class, name = "borrow"),
    @JsonSubTypes.Type(value = NodeMessage.PermitReply.class, name = "lent"),
    @JsonSubTypes.Type(value = NodeMessage.PermitEnd.class, name = "repaid")
})
public sealed interface NodeMessage {
    /**
     * To the node that polls a thread: tell me what you find. Answered with {@link State} or {@link Moved}.
     *
     * @param groups what somebody here wants
     * @param arrived whether somebody has just come to look at it
     * @param reach the earliest time from which on somebody here sees messages, epoch milliseconds
     */
    record Interest(String threadId, Set<EventGroup> groups, boolean arrived, long reach) implements NodeMessage {}

    /**
     * These threads are still followed; answered with {@link Moved} for those that the receiver does not poll, with {@link
     * Forgotten} where it did not know.
     */
    record Renewal(List<String> threadIds) implements NodeMessage {}

    /** Nobody here watches the thread any more. */
    record Withdrawal(String threadId) implements NodeMessage {}

    /**
     * The sender does not poll the thread (any more): the claim says who does.
     *
     * @param used what it has used of the thread's windows, 0 to 1; 1 if it has not just given the thread away
     */
    record Moved(String threadId, double used) implements NodeMessage {}

    /** The sender polls the thread, and did not know that the receiver follows: what it has told since was not for it. */
    record Forgotten(String threadId) implements NodeMessage {}

    /**
     * Where a thread stands, so that who begins to follow it sees what it lacks.
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
     * What a reading has found, as it was read: a follower takes it for a reading of its own.
     *
     * @param messages in the states that went out, lowest version first
     * @param members null while they are the same as before
     * @param provenAgeMs how long ago the list of participants was read
     * @param properties null while they are the same as before
     * @param freshness null while it is the same as before
     * @param resync whether the reader told its own subscribers to take fresh state
     * @param deletedOn when the thread was deleted; null while it is there
     * @param markBefore everything up to this version was known before
     * @param mark the same after this
     * @param reach from when on messages are known, epoch milliseconds
     * @param recent the states around the mark after this, by which a follower sees whether it lacks any
     */
    record Told(
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

    /** The participants, and how long ago the service named them, in milliseconds: clocks of nodes may differ. */
    record Members(List<Participant> all, long ageMs) {}

    /** Something was written through the sender, or pushed to it. */
    record Poked(Poke poke, boolean pushed) implements NodeMessage {}

    /**
     * Somebody is writing.
     *
     * @param throttled whether the service was not told of it, so that a fresh roster must name the sender
     */
    record Typed(String threadId, String senderId, String senderDisplayName, Instant receivedOn, boolean throttled)
            implements NodeMessage {}

    /** Messages past the chat service (benchmarks). */
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
