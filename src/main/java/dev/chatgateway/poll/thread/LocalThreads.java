package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ThreadFeed.Poke;
import org.jspecify.annotations.Nullable;

/** The watched threads of this node, as replication uses them. Poller's context. */
public interface LocalThreads {
    /** The thread as it stands, at work or parked; null when nobody here watches it. */
    @Nullable
    WatchedThread watching(String threadId);

    /**
     * A poke for this node, whoever polls the thread. It is handed on once and goes no further: two nodes that each take
     * the other for the leader, as for a moment in a hand-over, would hand it to and fro.
     */
    void poked(Poke poke, boolean pushed);

    /** Somebody is writing, as another node says. */
    void typing(TypingIndicator typing, boolean throttled);
}
