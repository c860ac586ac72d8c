package dev.chatgateway.fanout;

import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** Lists the newest messages of a thread with one user's token, as the REST API writes them. */
@FunctionalInterface
public interface Snapshots {
    /** Completes on the caller's context; fails with the service's refusal. */
    Future<Newest> newest(UserToken token, String threadId, int limit);

    /**
     * @param messages newest first by id
     * @param readTo every message with an id of at least that was listed; 0 when all were
     */
    record Newest(JsonArray messages, long readTo) {
        /** All messages of a thread. */
        public static Newest all(JsonArray messages) {
            return new Newest(messages, 0);
        }
    }
}
