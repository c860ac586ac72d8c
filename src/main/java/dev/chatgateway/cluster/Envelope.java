package dev.chatgateway.cluster;

import org.jspecify.annotations.Nullable;

/**
 * A message between two nodes, with its number.
 *
 * @param from the sender
 * @param link names the sender's sequence; a new link begins at 1
 * @param seq number of the message; of a heartbeat: of the last message before it
 * @param got number of the last message that the sender received from the receiver
 * @param body null in a heartbeat
 */
record Envelope(
        String from,
        String link,
        long seq,
        long got,
        @Nullable NodeMessage body) {}
