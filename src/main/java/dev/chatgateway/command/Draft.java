package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.json.JsonObject;

/**
 * A message to send.
 *
 * @param clientMessageId the id that the client has chosen; empty if it has chosen none
 * @param retry whether the client may have sent it before, possibly through another node
 */
record Draft(UserToken token, String threadId, JsonObject body, String clientMessageId, boolean retry) {
    /** Whether a repeated send can be recognised. */
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
