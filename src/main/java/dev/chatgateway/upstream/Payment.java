package dev.chatgateway.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Who pays for one attempt of a call, and in which windows.
 *
 * @param operation null for a call that the service counts in no window
 * @param userId as the token claims; null without a token that can be read
 * @param threadId null for operations of no thread
 * @param address of the client, when the service has not accepted the token yet: then the address pays, and the user only
 *     once the service has; null for a proven token
 */
record Payment(
        @Nullable ChatOperation operation,
        @Nullable String userId,
        @Nullable String threadId,
        Priority priority,
        @Nullable String address) {
    static Payment of(ChatCall call) {
        return new Payment(call.operation(), call.token().userId(), call.threadId(), call.priority(), call.address());
    }
}
