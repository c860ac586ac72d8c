package dev.chatgateway.event;

/**
 * Up to where somebody has everything of a thread; a signed cursor carries it to clients and back.
 *
 * @param version every state with this version or a lower one is known, except states that the service shows late: those
 *     lie at most an overlap below it
 * @param recent the states that are known from the overlap below the version and from above it
 * @param rosterHash hash of the members
 * @param propertiesHash hash of topic, metadata and retention
 * @param receiptsHash hash of the read receipts
 */
public record Position(long version, RecentStates recent, int rosterHash, int propertiesHash, int receiptsHash) {}
