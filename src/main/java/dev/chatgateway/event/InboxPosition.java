package dev.chatgateway.event;

/**
 * A position in a user's thread list. Clients get it and send it back as a signed cursor.
 *
 * @param time of the newest message in all threads, epoch milliseconds by the service's clock
 * @param count number of threads
 * @param threadsHash hash of the thread ids, independent of their order
 */
public record InboxPosition(long time, int count, long threadsHash) {}
