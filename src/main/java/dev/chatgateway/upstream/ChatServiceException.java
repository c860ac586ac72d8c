package dev.chatgateway.upstream;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed: the service or the rate limiter refused it, or the service did not answer. Has no stack trace, as it
 * is a result and not a bug.
 */
public final class ChatServiceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Kind kind;
    private final int status;
    private final String code;
    private final long retryAfterMs;
    private final transient @Nullable JsonObject error;

    /**
     * @param status HTTP status; 503 or 504 stand in where there was no answer
     * @param code the service's error code, for example {@code Forbidden}
     * @param retryAfterMs when the call may be repeated, in milliseconds; -1 when unknown
     * @param error the service's error object, for its target and details
     */
    public ChatServiceException(
            Kind kind, int status, String code, String message, long retryAfterMs, @Nullable JsonObject error) {
        super(message, null, false, false);
        this.kind = kind;
        this.status = status;
        this.code = code;
        this.retryAfterMs = retryAfterMs;
        this.error = error;
    }

    /** How the call failed. */
    public enum Kind {
        /** The service answered 4xx, 429 excepted: repeating it changes nothing. */
        REFUSED,
        /** 429, from the service or from the gateway's rate limiter. */
        THROTTLED,
        /** 5xx, no connection, or not sent at all: the call had no effect, or may be repeated. */
        UNAVAILABLE,
        /** Sent, but the answer was lost: a write may have had its effect. */
        IN_DOUBT
    }

    /** How the call failed. */
    public Kind kind() {
        return kind;
    }

    /** HTTP status of the failure. */
    public int status() {
        return status;
    }

    /** The service's error code. */
    public String code() {
        return code;
    }

    /** When the call may be repeated, in milliseconds; -1 when unknown. */
    public long retryAfterMs() {
        return retryAfterMs;
    }

    /** The same failure of a rate limit with a time for the next attempt, if the service named none. */
    public ChatServiceException comingAgain(long ms) {
        return kind != Kind.THROTTLED || retryAfterMs >= 0
                ? this
                : new ChatServiceException(kind, status, code, String.valueOf(getMessage()), ms, error);
    }

    /** The service's own error object, if it sent one. */
    public @Nullable JsonObject error() {
        return error;
    }

    /** Whether the same call may succeed later. */
    public boolean retryable() {
        return kind != Kind.REFUSED;
    }
}
