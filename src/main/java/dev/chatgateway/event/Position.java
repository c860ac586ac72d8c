package dev.chatgateway.event;

/**
 * A position in the history of a thread. Clients get it and send it back as a signed cursor.
 *
 * @param version every message state with this version or a lower one is known, except states that the service lists late:
 *     their versions are at most an overlap lower
 * @param recent the known states with versions within the overlap below the version, and above it
 * @param rosterHash hash of the participants
 * @param propertiesHash hash of topic, metadata and retention
 * @param receiptsHash hash of the read receipts
 */
public record Position(long version, RecentStates recent, int rosterHash, int propertiesHash, int receiptsHash) {}
