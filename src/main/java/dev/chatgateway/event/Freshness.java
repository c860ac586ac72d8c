package dev.chatgateway.event;

/**
 * How quickly changes of a thread become events.
 *
 * @param source how the gateway currently learns of changes
 * @param maxStalenessMs longest expected time between a change and its event, in milliseconds
 */
public record Freshness(Source source, long maxStalenessMs) {
    /** How the gateway learns of changes (closed list of the protocol). */
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
