package dev.chatgateway.chatproxy;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.quota.AdmissionRequest;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A request that is passed on as it came.
 *
 * @param target path and query, percent-encoding untouched
 * @param headers as they go out; without those of the connection and Host
 * @param body null when there is none; whole, as a call takes a stream of the service only when it can be sent at once
 * @param token null when there is none that can be read
 * @param address of the client, when the service has refused the token just now; null for a proven token
 */
public record ChatProxyCall(
        ChatProxyPath path,
        String method,
        String target,
        MultiMap headers,
        @Nullable Buffer body,
        @Nullable UserToken token,
        @Nullable String address) {

    /** Whether the call changes nothing. */
    boolean reads() {
        return method.equals("GET") || method.equals("HEAD");
    }

    AdmissionRequest admissionRequest() {
        return new AdmissionRequest(
                path.operation(),
                token == null ? null : token.userId(),
                path.threadId(),
                reads() ? Priority.HISTORY : Priority.SEND,
                address,
                address != null);
    }

    /** Without token, headers and query. */
    @Override
    public String toString() {
        return "PassedCall[" + path.label() + "]";
    }
}
