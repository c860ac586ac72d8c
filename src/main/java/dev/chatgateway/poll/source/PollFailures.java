package dev.chatgateway.poll.source;

import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;

/** Failures that the poller itself reports, in the form in which failures of the chat service arrive. */
public final class PollFailures {
    private PollFailures() {}

    /** The node is shutting down or has not started. */
    public static ChatServiceException stopped() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The node does not read threads now.", -1, null);
    }

    /** Every listing of the poll lacked a state that was listed before. */
    public static ChatServiceException staleListing() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The service's listing is behind.", -1, null);
    }

    /** A subscription or a visibility check was not completed in time. */
    public static ChatServiceException timeout() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 504, "GatewayTimeout", "The thread could not be read in time.", -1, null);
    }

    /** The queue of pending subscriptions or visibility checks of a thread is full. */
    public static ChatServiceException tooManyPending() {
        return new ChatServiceException(
                Kind.THROTTLED, 429, "TooManyRequests", "Too many subscribers wait for this thread.", 1_000, null);
    }

    /** The user's own window for get-thread and list-threads calls is exhausted. */
    public static ChatServiceException throttled(long retryAfterMs) {
        return new ChatServiceException(
                Kind.THROTTLED, 429, "TooManyRequests", "Rate limit exceeded (getThreads).", retryAfterMs, null);
    }

    /** The service's list of participants does not name the user. */
    public static ChatServiceException nonMember() {
        return new ChatServiceException(
                Kind.REFUSED, 403, "Forbidden", "The user is not a participant of the thread.", -1, null);
    }

    /** The service refuses the token of every subscriber of the thread. */
    public static ChatServiceException allTokensRefused() {
        return new ChatServiceException(
                Kind.REFUSED, 403, "Forbidden", "The service serves none of the subscribers now.", -1, null);
    }

    /** The last list of participants is too old to rely on, and a new one could not be read. */
    public static ChatServiceException membershipUnproven() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The participants could not be proved again.", -1, null);
    }

    /** The thread was deleted. */
    public static ChatServiceException deleted() {
        return new ChatServiceException(Kind.REFUSED, 404, "NotFound", "The thread does not exist.", -1, null);
    }

    /** The client ended the subscription, or replaced it by a newer one, before it was completed. */
    public static ChatServiceException abandoned() {
        return new ChatServiceException(
                Kind.REFUSED, 409, "Conflict", "The subscription was given up before it was answered.", -1, null);
    }

    /**
     * Whether the service refuses the token (401, 403 or 404), so that the call may succeed with another user's token.
     */
    public static boolean refusesUser(Throwable failure) {
        return failure instanceof ChatServiceException e
                && e.kind() == Kind.REFUSED
                && (e.status() == 401 || e.status() == 403 || e.status() == 404);
    }

    /** The failure itself if it is a {@link ChatServiceException}, else a 503 in its place. */
    public static ChatServiceException of(Throwable failure) {
        return failure instanceof ChatServiceException e
                ? e
                : new ChatServiceException(
                        Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The thread could not be read.", -1, null);
    }
}
