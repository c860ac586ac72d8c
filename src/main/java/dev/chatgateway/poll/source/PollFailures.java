package dev.chatgateway.poll.source;

import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;

/** The poller's own refusals, in the form of the chat service's. */
public final class PollFailures {
    private PollFailures() {}

    /** The node is going down or has not started. */
    public static ChatServiceException stopped() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The node does not read threads now.", -1, null);
    }

    /** The service lists less than it has listed before. */
    public static ChatServiceException behind() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The service's listing is behind.", -1, null);
    }

    /** A watch could not be answered in time. */
    public static ChatServiceException late() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 504, "GatewayTimeout", "The thread could not be read in time.", -1, null);
    }

    /** Too many subscribers wait for one thread. */
    public static ChatServiceException crowded() {
        return new ChatServiceException(
                Kind.THROTTLED, 429, "TooManyRequests", "Too many subscribers wait for this thread.", 1_000, null);
    }

    /** The user's own rate window for get-thread and list-threads calls is used up. */
    public static ChatServiceException throttled(long retryAfterMs) {
        return new ChatServiceException(
                Kind.THROTTLED, 429, "TooManyRequests", "Rate limit exceeded (getThreads).", retryAfterMs, null);
    }

    /** The service's roster does not name the bearer. */
    public static ChatServiceException stranger() {
        return new ChatServiceException(
                Kind.REFUSED, 403, "Forbidden", "The user is not a participant of the thread.", -1, null);
    }

    /** No subscriber's token is served at present. */
    public static ChatServiceException turnedAway() {
        return new ChatServiceException(
                Kind.REFUSED, 403, "Forbidden", "The service serves none of the subscribers now.", -1, null);
    }

    /** The list of participants is too old, and there is no other. */
    public static ChatServiceException unproven() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The participants could not be proved again.", -1, null);
    }

    /** The thread is gone. */
    public static ChatServiceException deleted() {
        return new ChatServiceException(Kind.REFUSED, 404, "NotFound", "The thread does not exist.", -1, null);
    }

    /** The subscription was given up, or replaced by a newer one, before it was answered. */
    public static ChatServiceException abandoned() {
        return new ChatServiceException(
                Kind.REFUSED, 409, "Conflict", "The subscription was given up before it was answered.", -1, null);
    }

    /** A user whose token the service turned away, so that another should be tried. */
    public static boolean refusesUser(Throwable failure) {
        return failure instanceof ChatServiceException e
                && e.kind() == Kind.REFUSED
                && (e.status() == 401 || e.status() == 403 || e.status() == 404);
    }

    /** Any failure in the one form that the poller knows. */
    public static ChatServiceException of(Throwable failure) {
        return failure instanceof ChatServiceException e
                ? e
                : new ChatServiceException(
                        Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The thread could not be read.", -1, null);
    }
}
