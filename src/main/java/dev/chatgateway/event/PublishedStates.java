package dev.chatgateway.event;

import java.util.Set;

/**
 * The message states that the poller does not publish any more: those with a version up to the lower bound, and those above
 * it that it has published.
 *
 * @param lowerBound every state up to this version is included
 * @param hashes hashes of the states above it, see {@link RecentStates#hash}
 */
public record PublishedStates(long lowerBound, Set<Long> hashes) {
    /** No state: each may still be published. */
    public static final PublishedStates NONE = new PublishedStates(Long.MIN_VALUE, Set.of());

    public PublishedStates {
        hashes = Set.copyOf(hashes);
    }

    /** Whether the poller does not publish that state any more. */
    public boolean has(long id, long version) {
        return version <= lowerBound || hashes.contains(RecentStates.hash(id, version));
    }
}
