package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import org.jspecify.annotations.Nullable;

/**
 * A wish to send one attempt of a call, and in whose windows it counts.
 *
 * @param operation null for a call that the service counts in no window
 * @param userId as the token claims; null without a token that can be read
 * @param threadId null for operations of no thread
 * @param address of the client, if the service has not accepted the token yet: the call counts for the address, and for
 *     the user only when the service has accepted it. Null for a proven token
 * @param refusedBefore whether the service has refused the token lately: such calls may use only a part of the address's
 *     windows, so that there is room for tokens that the service has not seen
 */
public record AdmissionRequest(
        @Nullable ChatOperation operation,
        @Nullable String userId,
        @Nullable String threadId,
        Priority priority,
        @Nullable String address,
        boolean refusedBefore) {
    /** A call with a token that the service has not refused lately. */
    public AdmissionRequest(
            @Nullable ChatOperation operation,
            @Nullable String userId,
            @Nullable String threadId,
            Priority priority,
            @Nullable String address) {
        this(operation, userId, threadId, priority, address, false);
    }

    /** The part of an address's windows that all tokens which the service has refused before may use. */
    private static final double OF_REFUSED = 0.5;

    /** The part of a rule's windows that the call may fill. */
    double share(RateWindows.Rule rule) {
        return refusedBefore && rule.scope() == RateWindows.Scope.ADDRESS ? OF_REFUSED : priority.share();
    }

    /** Whether the call is counted among those that may use a part of the windows only. */
    boolean background() {
        return refusedBefore || !RetryPolicy.patient(priority);
    }

    public static AdmissionRequest of(ChatCall call) {
        return new AdmissionRequest(
                call.operation(),
                call.token().userId(),
                call.threadId(),
                call.priority(),
                call.address(),
                call.refusedBefore());
    }
}
