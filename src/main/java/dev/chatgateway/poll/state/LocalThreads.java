package dev.chatgateway.poll.state;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ThreadFeed.Poke;
import org.jspecify.annotations.Nullable;

/** The watched threads of this node, as replication uses them. Runs on the poller's context. */
public interface LocalThreads {
    /** What the subscribers on this node need of a thread; null when nobody watches it. An idle thread stays idle. */
    @Nullable
    SubscriberNeeds needs(String threadId);

    /** The thread, woken if it is idle; null when nobody on this node watches it. Keep it no longer than the calling task. */
    @Nullable
    ReplicatedThread active(String threadId);

    /**
     * Acts on a refresh hint that another node has forwarded. It is not forwarded again: during a hand-over two nodes may
     * take each other for the leader for a moment.
     */
    void applyRefreshHint(Poke hint, boolean pushed);

    /** Shows a typing notification that another node has forwarded, and replicates it if this node is the leader. */
    void applyTyping(TypingIndicator typing, boolean throttled);
}
