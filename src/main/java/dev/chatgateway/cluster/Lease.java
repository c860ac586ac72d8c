package dev.chatgateway.cluster;

import java.util.Optional;

/**
 * Who polls a thread.
 *
 * @param node id of the node, new at each of its starts
 * @param epoch how often the thread has been claimed; of two that claim it the higher one is right
 */
public record Lease(String node, long epoch) {
    private static final char BETWEEN = '@';

    /** As it stands in the engine's map. */
    String text() {
        return epoch + String.valueOf(BETWEEN) + node;
    }

    /** Reads {@link #text()}; empty for anything else. */
    static Optional<Lease> of(String text) {
        int at = text.indexOf(BETWEEN);
        try {
            return at < 1
                    ? Optional.empty()
                    : Optional.of(new Lease(text.substring(at + 1), Long.parseLong(text.substring(0, at))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
