package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.json.JsonObject;

/**
 * A message that a client wants to send.
 *
 * @param clientMessageId the client's own id of it; empty when it gave none
 * @param retry whether the client has sent it before, perhaps through another node
 */
record Draft(UserToken token, String threadId, JsonObject body, String clientMessageId, boolean retry) {
    /** Whether a second sending can be recognised. */
    boolean identified() {
        return !clientMessageId.isEmpty();
    }

    ChatCall call() {
        return ChatCall.of(ChatOperation.SEND_MESSAGE, token, threadId, Priority.SEND)
                .body(body);
    }

    /** Without the content. */
    @Override
    public String toString() {
        return "Draft[thread=" + threadId + "]";
    }
}
