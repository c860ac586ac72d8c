package dev.chatgateway.poll.state;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ThreadFeed.Poke;
import java.util.List;
import java.util.Optional;

/** A watched thread that is not idle, as replication uses it. Runs on the poller's context. */
public interface ReplicatedThread extends SubscriberNeeds {
    /** Whether a poll is under way. No update may be applied then. */
    boolean polling();

    /** What this node knows of the thread; empty before its first poll. */
    Optional<ReplicaState> replicaState();

    /** From when on this node knows messages, epoch milliseconds; a lower number reaches further back. */
    long reach();

    /**
     * Applies what the leader found as if this node had polled it, then stops, polls or reschedules the thread as it
     * requires.
     *
     * @return false if both nodes know different states of messages, so that the leader's state must be requested
     */
    boolean apply(ReplicaUpdate update);

    /** Compares this node's state with the leader's, and polls once if this node lacks something. */
    void compare(ReplicaState leader);

    /** A subscriber has come on a follower: the thread is polled faster for a while. */
    void followerActive();

    /** Shows a typing notification to the subscribers, if the sender is a participant as far as is known here. */
    void showTyping(TypingIndicator typing);

    /** Shows messages to the subscribers that the service does not know. */
    void ingest(List<String> contents);

    /** Polls as soon as the service allows: something changed, or may have, that this node does not know. */
    void markDirty();

    /** Polls until the write that the hint names is seen. */
    void applyRefreshHint(Poke hint);

    /** The version from which on the message of the hint shows the write. */
    long requiredVersion(Poke hint);

    /** Whether the message is known in that version or a later one. */
    boolean knows(long messageId, long version);

    /** Computes the time of the next poll anew: what decides on it has changed. */
    void reschedule();
}
