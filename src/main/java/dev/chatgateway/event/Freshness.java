package dev.chatgateway.event;

/**
 * How current the events of a thread are.
 *
 * @param source where they come from now
 * @param maxStalenessMs how old a change may be before its event goes out, in milliseconds
 */
public record Freshness(Source source, long maxStalenessMs) {
    /** The closed list of the protocol. */
    public enum Source {
        POLL,
        DIGEST,
        PUSH,
        DEGRADED;

        /** The name in the protocol. */
        public String token() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
