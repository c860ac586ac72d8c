package dev.chatgateway.fanout.inbox;

import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Gets the inbox entry of a thread with the user's own token. */
@FunctionalInterface
public interface InboxEntries {
    /**
     * Gets {@code lastMessage}, {@code unreadCount} and {@code lastReadMessageId}. Completes on the caller's context;
     * fails only with {@link dev.chatgateway.protocol.RpcError}.
     */
    Future<JsonObject> entry(UserToken token, String threadId);

    /** The poller has found a receipt of the user: later entries must count it, although receipts are cached. */
    default void receiptFound(String userId, String threadId, String messageId) {}
}
