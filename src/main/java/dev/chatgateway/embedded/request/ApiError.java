package dev.chatgateway.embedded.request;

import org.jspecify.annotations.Nullable;

/** A refusal with status and error code (docs/service-reference.md, Errors and retries). Has no stack trace. */
public final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final @Nullable String target;
    private final int retryAfterSeconds;
    private final boolean explainedIn2021;

    private ApiError(int status, String code, String message, @Nullable String target, int retryAfterSeconds) {
        this(status, code, message, target, retryAfterSeconds, true);
    }

    private ApiError(
            int status,
            String code,
            String message,
            @Nullable String target,
            int retryAfterSeconds,
            boolean explainedIn2021) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.target = target;
        this.retryAfterSeconds = retryAfterSeconds;
        this.explainedIn2021 = explainedIn2021;
    }

    public static ApiError badRequest(String message) {
        return new ApiError(400, "BadRequest", message, null, 0);
    }

    /** Names field, value and expectation, for example {@code maxPageSize: -1 (expected: 0 to 2147483647)}. */
    public static ApiError badField(String field, String given, String expected) {
        return new ApiError(400, "BadRequest", field + ": " + given + " (expected: " + expected + ")", field, 0);
    }

    /** Has no message in chat versions of 2021. */
    static ApiError malformedThreadId() {
        return new ApiError(400, "BadRequest", "The thread id is not valid.", null, 0, false);
    }

    public static ApiError malformedUserId(String id) {
        return badRequest("Identifier format is invalid (" + Text.shown(id) + ").");
    }

    /** A field of an identity operation that is missing or out of range. */
    public static ApiError invalidField(String target, String message) {
        return new ApiError(400, "ValidationError", message, target, 0);
    }

    public static ApiError identityNotOwned() {
        return new ApiError(401, "IdentityNotOwned", "Provided identity doesn't belong to the resource.", null, 0);
    }

    public static ApiError invalidTeamsToken() {
        return new ApiError(401, "InvalidAccessToken", "Provided access token is not valid.", null, 0);
    }

    public static ApiError unauthorized(String message) {
        return new ApiError(401, "Unauthorized", message, null, 0);
    }

    public static ApiError forbidden(String message) {
        return new ApiError(403, "Forbidden", message, null, 0);
    }

    public static ApiError notFound(String message) {
        return new ApiError(404, "NotFound", message, null, 0);
    }

    public static ApiError methodNotAllowed(String message) {
        return new ApiError(405, "MethodNotAllowed", message, null, 0);
    }

    public static ApiError tooManyRequests(long waitMs) {
        return new ApiError(429, "TooManyRequests", "Rate limit exceeded. Retry later.", null, (int)
                Math.max(1, (waitMs + 999) / 1000));
    }

    public static ApiError unavailable(String message) {
        return new ApiError(503, "ServiceUnavailable", message, null, 1);
    }

    /** An error of the transport or of a fault. Only 429 and 503 have Retry-After. */
    public static ApiError of(int status, String message) {
        String code =
                switch (status) {
                    case 400 -> "BadRequest";
                    case 401 -> "Unauthorized";
                    case 403 -> "Forbidden";
                    case 404 -> "NotFound";
                    case 413 -> "RequestEntityTooLarge";
                    case 414 -> "UriTooLong";
                    case 415 -> "UnsupportedMediaType";
                    case 417 -> "ExpectationFailed";
                    case 429 -> "TooManyRequests";
                    case 431 -> "RequestHeaderFieldsTooLarge";
                    case 500 -> "InternalServerError";
                    case 503 -> "ServiceUnavailable";
                    default -> "Error" + status;
                };
        return new ApiError(status, code, message, null, status == 429 || status == 503 ? 1 : 0);
    }

    public int status() {
        return status;
    }

    String code() {
        return code;
    }

    /** The wrong field, or null. */
    @Nullable
    String target() {
        return target;
    }

    /** Whether the message is also in chat versions of 2021. */
    boolean explainedIn2021() {
        return explainedIn2021;
    }

    /** Value of the header Retry-After; 0: no header. */
    int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
