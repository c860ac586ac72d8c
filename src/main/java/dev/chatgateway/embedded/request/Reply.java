package dev.chatgateway.embedded.request;

import org.jspecify.annotations.Nullable;

/**
 * A response before it is written.
 *
 * @param body JSON, or null for an empty body
 * @param location path of the created resource, made absolute when it is written; or null
 * @param retryAfterSeconds 0: no Retry-After header
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Reply(
        int status, byte @Nullable [] body, @Nullable String location, int retryAfterSeconds) {
    public static Reply empty(int status) {
        return new Reply(status, null, null, 0);
    }

    public static Reply json(int status, Json.Writer body) {
        return new Reply(status, Json.write(body), null, 0);
    }

    public static Reply created(String location, Json.Writer body) {
        return new Reply(201, Json.write(body), location, 0);
    }
}
