package dev.chatgateway.chatproxy;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.quota.AdmissionRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A request to forward.
 *
 * @param target path and query, percent-encoding unchanged
 * @param headers headers to send, without hop-by-hop headers and Host
 * @param body null if there is none; complete, because a call uses a stream to the service only when it can be sent at
 *     once
 * @param token null if it is missing or malformed
 * @param address client address if the service has just refused the token; null for a proven token
 */
public record ChatProxyCall(
        ChatProxyPath path,
        String method,
        String target,
        MultiMap headers,
        @Nullable Buffer body,
        @Nullable UserToken token,
        @Nullable String address) {

    /** Whether the call changes nothing at the service. */
    boolean isRead() {
        return method.equals("GET") || method.equals("HEAD");
    }

    AdmissionRequest admissionRequest() {
        return new AdmissionRequest(
                path.operation(),
                token == null ? null : token.userId(),
                path.threadId(),
                isRead() ? Priority.HISTORY : Priority.SEND,
                address,
                address != null);
    }

    /** Without token, headers and query. */
    @Override
    public String toString() {
        return "ChatProxyCall[" + path.label() + "]";
    }
}
