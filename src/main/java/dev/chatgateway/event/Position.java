package dev.chatgateway.event;

/**
 * Where the poller stands in a thread; a signed cursor carries it to clients and back.
 *
 * @param version highest version seen; 0 before the first message
 * @param idsHash hash of the ids at that version, as ids and versions are milliseconds and can tie
 * @param windowStart lower bound (message id, epoch milliseconds) of the states compared
 * @param windowCount number of states in the window
 * @param windowHash hash of (id, version) over the window, independent of order
 * @param rosterHash hash of the members
 * @param propertiesHash hash of topic, metadata and retention
 * @param receiptsHash hash of the read marks
 */
public record Position(
        long version,
        int idsHash,
        long windowStart,
        int windowCount,
        long windowHash,
        int rosterHash,
        int propertiesHash,
        int receiptsHash) {}
