package dev.chatgateway.fanout;

import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** Lists the newest messages of a thread with one user's token, in the JSON of the REST API. */
@FunctionalInterface
public interface Snapshots {
    /** Completes on the caller's context. Fails with the service's refusal. */
    Future<Newest> newest(UserToken token, String threadId, int limit);

    /**
     * A listing.
     *
     * @param messages highest id first
     * @param readTo the listing has every message with this id or a higher one; 0 when it has all messages
     */
    record Newest(JsonArray messages, long readTo) {
        /** A listing of all messages of a thread. */
        public static Newest all(JsonArray messages) {
            return new Newest(messages, 0);
        }
    }
}
