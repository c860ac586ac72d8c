package dev.chatgateway.cluster;

import java.util.Optional;

/**
 * The right to poll a thread.
 *
 * @param node id of the leader, new at each start of a node
 * @param term how often the lease was acquired or handed over; nothing is fenced by it
 */
public record Lease(String node, long term) {
    private static final char SEPARATOR = '@';

    /** The value in Hazelcast's map. */
    String text() {
        return term + String.valueOf(SEPARATOR) + node;
    }

    /** Reads {@link #text()}; empty for anything else. */
    static Optional<Lease> of(String text) {
        int at = text.indexOf(SEPARATOR);
        try {
            return at < 1
                    ? Optional.empty()
                    : Optional.of(new Lease(text.substring(at + 1), Long.parseLong(text.substring(0, at))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
