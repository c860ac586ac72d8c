package dev.chatgateway.upstream;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * The chat service, and the only way to call it: every call needs a permit of the rate limiter, has a time limit and is
 * counted. Interactive calls are repeated where that is safe. Polls are not: the poller has its own schedule.
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
