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

/** Makes the poller's calls through a {@link ThreadReader}. */
public final class UpstreamSource implements ThreadSource, ThreadListing {
    private final ThreadReader reader;
    private final Quota quota;
    private final LongSupplier clockOffsetMs;
    private final KnownMembers members;

    public UpstreamSource(ThreadReader reader) {
        this(reader, (operation, userId, threadId, priority) -> 0, () -> 0, new KnownMembers() {});
    }

    /**
     * @param clockOffsetMs milliseconds by which the service's clock is ahead of this node's
     * @param members the participants that interactive calls have shown
     */
    public UpstreamSource(ThreadReader reader, Quota quota, LongSupplier clockOffsetMs, KnownMembers members) {
        this.reader = reader;
        this.quota = quota;
        this.clockOffsetMs = clockOffsetMs;
        this.members = members;
    }

    /** The participants of threads that recent calls have shown. */
    public interface KnownMembers {
        /** Whether a call within the last minutes has shown that the user is a participant. */
        default boolean contains(String userId, String threadId) {
            return false;
        }

        /** Removes a user who turned out not to be a participant. */
        default void remove(String userId, String threadId) {}

        /** The participants that the filter in front of interactive calls remembers. */
        static KnownMembers of(MembershipFilter filter) {
            return new KnownMembers() {
                @Override
                public boolean contains(String userId, String threadId) {
                    return filter.knows(userId, threadId);
                }

                @Override
                public void remove(String userId, String threadId) {
                    filter.refused(userId, threadId);
                }
            };
        }
    }

    /** Milliseconds until the rate limiter would admit a call, 0 for now. */
    @FunctionalInterface
    public interface Quota {
        long earliestMs(ChatOperation operation, String userId, @Nullable String threadId, Priority priority);
    }

    @Override
    public Future<ThreadListing.Page> threads(UserToken token, @Nullable String pageToken, Priority priority) {
        return reader.threads(token, Optional.ofNullable(pageToken), priority)
                .map(page -> new ThreadListing.Page(
                        page.threads().stream()
                                .map(t -> new Item(t.threadId(), t.movedAt(), t.deleted()))
                                .toList(),
                        page.continuation().orElse(null)));
    }

    @Override
    public long threadsEarliestMs(UserToken token, Priority priority) {
        return quota.earliestMs(ChatOperation.LIST_THREADS, token.userId(), null, priority);
    }

    @Override
    public long messagesEarliestMs(UserToken token, String threadId) {
        return quota.earliestMs(ChatOperation.LIST_MESSAGES, token.userId(), threadId, Priority.POLL);
    }

    @Override
    public long propertiesEarliestMs(UserToken token, String threadId) {
        return quota.earliestMs(ChatOperation.GET_THREAD, token.userId(), threadId, Priority.HISTORY);
    }

    @Override
    public boolean knownMember(String userId, String threadId) {
        return members.contains(userId, threadId);
    }

    @Override
    public void forgetMember(String userId, String threadId) {
        members.remove(userId, threadId);
    }

    @Override
    public long clockOffsetMs() {
        return clockOffsetMs.getAsLong();
    }

    @Override
    public Future<ThreadSource.Page> messages(
            UserToken token, String threadId, int size, @Nullable String pageToken, Priority priority) {
        Future<MessagePage> page = pageToken == null
                ? reader.messages(token, threadId, size, priority)
                : reader.nextMessages(token, threadId, pageToken, priority);
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
