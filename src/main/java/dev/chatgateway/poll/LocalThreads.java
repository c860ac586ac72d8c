package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ThreadFeed.Poke;

/** What other nodes tell the watched threads of this one. Poller's context. */
interface LocalThreads {
    /**
     * A poke for this node, whoever polls the thread. It is handed on once and goes no further: two nodes that each take
     * the other for the leader, as for a moment in a hand-over, would hand it to and fro.
     */
    void poked(Poke poke, boolean pushed);

    /** Somebody is writing, as another node says. */
    void typing(TypingIndicator typing, boolean throttled);
}
