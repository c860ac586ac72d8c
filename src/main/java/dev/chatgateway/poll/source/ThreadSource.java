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
 * Calls about one thread that the poller makes to the chat service. Futures complete on the caller's context and fail
 * only with {@link dev.chatgateway.upstream.ChatServiceException}.
 */
public interface ThreadSource {
    /** Lists a page of messages, newest change first; {@code pageToken} is null for the first page. */
    Future<Page> messages(UserToken token, String threadId, int size, @Nullable String pageToken, Priority priority);

    /** Gets one message in its newest state. */
    Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority);

    /** Lists all participants. */
    Future<Roster> participants(UserToken token, String threadId, Priority priority);

    /** Lists the read receipts of all participants. */
    Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority);

    /** Gets topic, metadata, retention and the time of deletion. */
    Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority);

    /** Milliseconds until the rate limiter would admit a message listing at POLL priority, 0 for now. Uses no quota. */
    default long messagesEarliestMs(UserToken token, String threadId) {
        return 0;
    }

    /** Milliseconds until the rate limiter would admit an interactive get-thread call, 0 for now. Uses no quota. */
    default long propertiesEarliestMs(UserToken token, String threadId) {
        return 0;
    }

    /** Whether a call within the last minutes has shown that the user is a participant of the thread. */
    default boolean knownMember(String userId, String threadId) {
        return false;
    }

    /** Records that the user is not a participant of the thread, whatever an earlier call has shown. */
    default void forgetMember(String userId, String threadId) {}

    /** Milliseconds by which the service's clock is ahead of this node's; 0 while that is not known. */
    default long clockOffsetMs() {
        return 0;
    }

    /**
     * @param messages newest change first
     * @param next page token of the following page; null on the last page
     */
    record Page(List<ChatMessage> messages, @Nullable String next) {}
}
