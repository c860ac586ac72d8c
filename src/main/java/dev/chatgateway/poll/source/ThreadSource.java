package dev.chatgateway.poll.source;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the poller reads of the chat service. Futures complete on the caller's context and fail only with {@link
 * dev.chatgateway.upstream.ChatServiceException}.
 */
public interface ThreadSource {
    /** A page of messages, newest change first; {@code next} is the token of the page before, null for the newest. */
    Future<Page> messages(UserToken token, String threadId, int size, @Nullable String next, Priority priority);

    /** One message in its newest state. */
    Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority);

    /** All participants. */
    Future<Roster> participants(UserToken token, String threadId, Priority priority);

    /** The read marks of all participants. */
    Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority);

    /** Topic, metadata, retention, and whether the thread is deleted. */
    Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority);

    /** Milliseconds until the ledger would admit a listing of messages as a poll, 0 for now; pays nothing. */
    default long messagesEarliestMs(UserToken token, String threadId) {
        return 0;
    }

    /** Milliseconds until the ledger would admit a person's reading of the properties, 0 for now; pays nothing. */
    default long propertiesEarliestMs(UserToken token, String threadId) {
        return 0;
    }

    /** Whether a call of the last minutes has shown that the user takes part in the thread. */
    default boolean knows(String userId, String threadId) {
        return false;
    }

    /** A user who wanted to subscribe takes no part in the thread, whatever an earlier call has shown. */
    default void refused(String userId, String threadId) {}

    /** How far the service's clock is ahead of this node's, in milliseconds; 0 while that is not known. */
    default long clockOffsetMs() {
        return 0;
    }

    /**
     * @param messages newest change first
     * @param next token of the following page; null after the last
     */
    record Page(List<ChatMessage> messages, @Nullable String next) {}
}
