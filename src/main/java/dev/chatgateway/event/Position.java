package dev.chatgateway.event;

/**
 * A position in the history of a thread. Clients get it and send it back as a signed cursor.
 *
 * @param version every message state with this version or a lower one is known, except states that the service lists late:
 *     their versions are at most an overlap lower
 * @param recent the known states with versions within the overlap below the version, and above it
 * @param metadata the state of participants, properties and receipts that is known
 */
public record Position(long version, RecentStates recent, Metadata metadata) {
    /** What the holder of a position knows of participants, properties and receipts. */
    public sealed interface Metadata {}

    /**
     * The state that has these hashes. If a hash differs from the present one, the holder lacks the present state.
     *
     * @param rosterHash hash of the participants
     * @param propertiesHash hash of topic, metadata and retention
     * @param receiptsHash hash of the read receipts
     */
    public record Hashed(int rosterHash, int propertiesHash, int receiptsHash) implements Metadata {}

    /**
     * The state at a time, of which no hashes are known. The holder lacks what has changed since, as far as messages
     * and receipts say when it changed. It also has every message state up to that time, those that the service lists
     * late included.
     *
     * @param time epoch milliseconds by the service's clock
     */
    public record Since(long time) implements Metadata {}

    /** A position with hashes. */
    public Position(long version, RecentStates recent, int rosterHash, int propertiesHash, int receiptsHash) {
        this(version, recent, new Hashed(rosterHash, propertiesHash, receiptsHash));
    }

    /**
     * The position of a client that lacks exactly what happens after a time.
     *
     * @param time epoch milliseconds by the service's clock
     */
    public static Position atTime(long time) {
        return new Position(time, RecentStates.NONE, new Since(time));
    }

    /** Whether a subscription begins here that continues no earlier one: the position is that of {@link #atTime}. */
    public boolean isStart() {
        return metadata instanceof Since since && since.time == version;
    }
}
