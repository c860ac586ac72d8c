package dev.chatgateway.embedded.request;

import org.jspecify.annotations.Nullable;

/**
 * An answer before it is written.
 *
 * @param body JSON, or null for an empty body
 * @param location path of what was created, to be made absolute; or null
 * @param retryAfterSeconds 0: no such header
 */
@SuppressWarnings("ArrayRecordComponent") // written once, compared never
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
