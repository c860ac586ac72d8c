package dev.chatgateway.event;

/**
 * Where a user's list of threads stands; a signed cursor carries it to clients and back.
 *
 * @param time of the newest message in any of the threads, epoch milliseconds by the service's clock
 * @param count number of threads
 * @param threadsHash hash of the threads' ids, independent of order
 */
public record InboxPosition(long time, int count, long threadsHash) {}
