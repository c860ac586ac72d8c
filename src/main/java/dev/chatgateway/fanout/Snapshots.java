package dev.chatgateway.fanout;

import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** Lists the newest messages of a thread with one user's token, as the REST API writes them, newest first. */
@FunctionalInterface
public interface Snapshots {
    /** Completes on the caller's context; fails with the service's refusal. */
    Future<JsonArray> newest(UserToken token, String threadId, int limit);
}
