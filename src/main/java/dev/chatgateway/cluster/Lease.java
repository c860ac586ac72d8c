package dev.chatgateway.cluster;

import java.util.Optional;

/**
 * The right to poll a thread.
 *
 * @param node id of the leader, new at each start of a node
 * @param term 1 for a new entry, one more at each hand-over and each take-over from a lost node; 1 again after a release.
 *     {@code ThreadLeases} infers from a higher term that another node led before. Nothing is fenced by it
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
