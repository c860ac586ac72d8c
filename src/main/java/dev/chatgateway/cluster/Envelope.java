package dev.chatgateway.cluster;

import org.jspecify.annotations.Nullable;

/**
 * A message on its way from node to node.
 *
 * @param from the sender
 * @param link names the sender's count; a new one begins at 1
 * @param seq number of the message; of a beat: of the last one sent before it
 * @param got number of the last message that the sender got from the receiver
 * @param body null: a beat
 */
record Envelope(
        String from,
        String link,
        long seq,
        long got,
        @Nullable NodeMessage body) {}
