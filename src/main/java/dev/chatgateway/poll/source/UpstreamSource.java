package dev.chatgateway.poll.source;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.MessagePage;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ThreadReader;
import dev.chatgateway.upstream.membership.MembershipFilter;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads threads of the chat service itself. */
public final class UpstreamSource implements ThreadSource, ThreadListing {
    private final ThreadReader reader;
    private final Budget budget;
    private final LongSupplier clockOffsetMs;
    private final Members members;

    public UpstreamSource(ThreadReader reader) {
        this(reader, (operation, userId, threadId, priority) -> 0, () -> 0, new Members() {});
    }

    /**
     * @param budget what the ledger would say to a call
     * @param clockOffsetMs how far the service's clock is ahead of this node's, in milliseconds
     * @param members who takes part in which thread, as people's calls have shown
     */
    public UpstreamSource(ThreadReader reader, Budget budget, LongSupplier clockOffsetMs, Members members) {
        this.reader = reader;
        this.budget = budget;
        this.clockOffsetMs = clockOffsetMs;
        this.members = members;
    }

    /** What {@link MembershipFilter} remembers of users in threads. */
    public interface Members {
        /** Whether a call of the last minutes has shown that the user takes part. */
        default boolean knows(String userId, String threadId) {
            return false;
        }

        /** The user takes no part after all. */
        default void refused(String userId, String threadId) {}

        /** The memory of the gate that people's calls go through. */
        static Members of(MembershipFilter gate) {
            return new Members() {
                @Override
                public boolean knows(String userId, String threadId) {
                    return gate.knows(userId, threadId);
                }

                @Override
                public void refused(String userId, String threadId) {
                    gate.refused(userId, threadId);
                }
            };
        }
    }

    /** How long a call would have to wait for the ledger, in milliseconds; 0 for not at all. */
    @FunctionalInterface
    public interface Budget {
        long earliestMs(ChatOperation operation, String userId, @Nullable String threadId, Priority priority);
    }

    @Override
    public Future<ThreadListing.Page> threads(UserToken token, @Nullable String next, Priority priority) {
        return reader.threads(token, Optional.ofNullable(next), priority)
                .map(page -> new ThreadListing.Page(
                        page.threads().stream()
                                .map(t -> new Item(t.threadId(), t.movedAt(), t.deleted()))
                                .toList(),
                        page.continuation().orElse(null)));
    }

    @Override
    public long threadsEarliestMs(UserToken token, Priority priority) {
        return budget.earliestMs(ChatOperation.LIST_THREADS, token.userId(), null, priority);
    }

    @Override
    public long messagesEarliestMs(UserToken token, String threadId) {
        return budget.earliestMs(ChatOperation.LIST_MESSAGES, token.userId(), threadId, Priority.POLL);
    }

    @Override
    public long propertiesEarliestMs(UserToken token, String threadId) {
        return budget.earliestMs(ChatOperation.GET_THREAD, token.userId(), threadId, Priority.HISTORY);
    }

    @Override
    public boolean knows(String userId, String threadId) {
        return members.knows(userId, threadId);
    }

    @Override
    public void refused(String userId, String threadId) {
        members.refused(userId, threadId);
    }

    @Override
    public long clockOffsetMs() {
        return clockOffsetMs.getAsLong();
    }

    @Override
    public Future<ThreadSource.Page> messages(
            UserToken token, String threadId, int size, @Nullable String next, Priority priority) {
        Future<MessagePage> page = next == null
                ? reader.messages(token, threadId, size, priority)
                : reader.nextMessages(token, threadId, next, priority);
        return page.map(
                p -> new ThreadSource.Page(p.messages(), p.continuation().orElse(null)));
    }

    @Override
    public Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority) {
        return reader.message(token, threadId, messageId, priority);
    }

    @Override
    public Future<Roster> participants(UserToken token, String threadId, Priority priority) {
        return reader.participants(token, threadId, priority);
    }

    @Override
    public Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority) {
        return reader.receipts(token, threadId, priority);
    }

    @Override
    public Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority) {
        return reader.properties(token, threadId, priority);
    }
}
