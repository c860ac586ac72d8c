package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.source.ThreadListing;
import dev.chatgateway.poll.source.ThreadSource;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A chat service with several threads and users' thread lists, in virtual time. */
public final class FakeService implements ThreadSource, ThreadListing {
    public final Map<String, FakeThread> threads = new LinkedHashMap<>();
    public final List<String> lists = new ArrayList<>();
    public final VirtualScheduler ticker;
    public int pageSize = 200;
    /** Whether thread lists show times in whole seconds. */
    public boolean wholeSeconds;
    /** The failure of a thread listing with a token, or null. */
    public Function<UserToken, @Nullable ChatServiceException> fault = token -> null;

    public FakeService(VirtualScheduler ticker) {
        this.ticker = ticker;
    }

    public FakeThread create(String threadId, String... members) {
        FakeThread thread = new FakeThread(ticker);
        for (String member : members) {
            thread.join(member, 0);
        }
        threads.put(threadId, thread);
        thread.send(members[0], "first");
        return thread;
    }

    public long listings() {
        return threads.values().stream().mapToLong(t -> t.count("messages")).sum();
    }

    @Override
    public Future<ThreadListing.Page> threads(UserToken token, @Nullable String pageToken, Priority priority) {
        lists.add(token.userId());
        Promise<ThreadListing.Page> promise = Promise.promise();
        ticker.schedule(20, () -> {
            ChatServiceException failure = fault.apply(token);
            if (failure != null) {
                promise.fail(failure);
                return;
            }
            int from = pageToken == null ? 0 : Integer.parseInt(pageToken);
            List<Item> items = threads.entrySet().stream()
                    .filter(t -> t.getValue().members.containsKey(token.userId()))
                    .map(t -> new Item(t.getKey(), lastMessageAt(t.getValue()), t.getValue().deletedOn != null))
                    .sorted(Comparator.comparingLong(Item::lastMessageAt).reversed())
                    .skip(from)
                    .limit(pageSize)
                    .toList();
            promise.complete(
                    new ThreadListing.Page(items, items.size() < pageSize ? null : Integer.toString(from + pageSize)));
        });
        return promise.future();
    }

    private long lastMessageAt(FakeThread thread) {
        long last = thread.messages.lastKey();
        return wholeSeconds ? last / 1000 * 1000 : last;
    }

    @Override
    public long threadsEarliestMs(UserToken token, Priority priority) {
        return 0;
    }

    @Override
    public Future<ThreadSource.Page> messages(
            UserToken token, String threadId, int size, @Nullable String pageToken, Priority priority) {
        return threads.get(threadId).messages(token, threadId, size, pageToken, priority);
    }

    @Override
    public Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority) {
        return threads.get(threadId).message(token, threadId, messageId, priority);
    }

    @Override
    public Future<Roster> participants(UserToken token, String threadId, Priority priority) {
        return threads.get(threadId).participants(token, threadId, priority);
    }

    @Override
    public Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority) {
        return threads.get(threadId).receipts(token, threadId, priority);
    }

    @Override
    public Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority) {
        return threads.get(threadId).properties(token, threadId, priority);
    }
}
