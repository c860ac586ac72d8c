package dev.chatgateway.upstream;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * The chat service. The only way to call it: every call is paid from the ledger, limited in time, retried where that is
 * safe and a person waits for it, and counted. Polls are not retried: the poller has a schedule of its own.
 */
public interface ChatService {
    /**
     * Carries out one call. May be called from any context; completes on the caller's. Fails only with {@link
     * ChatServiceException}.
     */
    Future<Reply> call(ChatCall call);

    /**
     * A success.
     *
     * @param status 200, 201 or 204
     * @param body the answer's JSON object; empty where the service sends none
     */
    record Reply(int status, JsonObject body) {}
}
