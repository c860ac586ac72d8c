package dev.chatgateway.event;

import java.util.Set;

/**
 * The states of messages that the poller will not publish any more: those with a version up to the lower bound, and those
 * that it knows above it.
 *
 * @param lowerBound highest version that is not compared
 * @param hashes of the states above it, as {@link RecentStates#hash} gives them
 */
public record PublishedStates(long lowerBound, Set<Long> hashes) {
    /** Nothing: every state may still be published. */
    public static final PublishedStates NONE = new PublishedStates(Long.MIN_VALUE, Set.of());

    public PublishedStates {
        hashes = Set.copyOf(hashes);
    }

    /** Whether a state will not be published any more. */
    public boolean has(long id, long version) {
        return version <= lowerBound || hashes.contains(RecentStates.hash(id, version));
    }
}
