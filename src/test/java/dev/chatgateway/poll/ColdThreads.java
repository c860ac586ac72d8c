package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.source.ThreadListing;
import dev.chatgateway.poll.source.ThreadSource;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Very many silent threads of sixteen messages, each of one user, behind the real ledger; answers cost next to nothing. */
final class ColdThreads implements ThreadSource, ThreadListing {
    private static final int MESSAGES = 16;
    private static final int PAGE = 200;
    /** Some days between two messages, and every fourth edited a day later: the hardest to pack. */
    private static final long GAP_MS = 198_765_432L;

    private static final int EDITED = 4;
    private static final int ID_DIGITS = 44;

    final RateLimiter ledger = new RateLimiter(RateWindows.published());
    final List<ChatMessage> messages = new ArrayList<>();
    private final Scheduler time;
    private final int threads;
    private final int users;
    private final Map<String, Roster> rosters = new HashMap<>();
    long calls;
    long listings;
    long refused;

    ColdThreads(Scheduler time, int threads, List<UserToken> users) {
        this.time = time;
        this.threads = threads;
        this.users = users.size();
        for (int i = 0; i < MESSAGES; i++) {
            long id = 1_700_000_000_000L + i * GAP_MS;
            ChatMessage sent = FakeThread.message(id, MessageType.TEXT, "8:acs:a", "text", List.of());
            messages.add(i % EDITED == 0 ? edited(sent, id + GAP_MS / 2) : sent);
        }
        Collections.reverse(messages);
        for (UserToken user : users) {
            Participant member = new Participant(user.userId(), null, Instant.EPOCH, Map.of());
            rosters.put(user.userId(), new Roster(Map.of(user.userId(), member), Instant.EPOCH));
        }
    }

    /** A new instance each time, as from the wire. */
    static String id(int number) {
        String digits = Integer.toString(number);
        return "19:" + "0".repeat(ID_DIGITS - digits.length()) + digits + "@thread.v2";
    }

    @Override
    public Future<ThreadListing.Page> threads(UserToken token, @Nullable String next, Priority priority) {
        int first = Integer.parseInt(token.userId().substring("8:acs:user".length()));
        int from = next == null ? 0 : Integer.parseInt(next);
        List<Item> items = new ArrayList<>();
        for (int i = first + from * users; i < threads && items.size() < PAGE; i += users) {
            items.add(new Item(id(i), 1_700_000_000_000L, false));
        }
        return call(
                ChatOperation.LIST_THREADS,
                token,
                null,
                priority,
                new ThreadListing.Page(items, items.size() < PAGE ? null : Integer.toString(from + PAGE)));
    }

    @Override
    public long threadsEarliestMs(UserToken token, Priority priority) {
        return ledger.earliestMs(ChatOperation.LIST_THREADS, token.userId(), null, priority, time.now());
    }

    @Override
    public long messagesEarliestMs(UserToken token, String threadId) {
        return ledger.earliestMs(ChatOperation.LIST_MESSAGES, token.userId(), threadId, Priority.POLL, time.now());
    }

    @Override
    public Future<ThreadSource.Page> messages(
            UserToken token, String threadId, int size, @Nullable String next, Priority priority) {
        listings++;
        return call(ChatOperation.LIST_MESSAGES, token, threadId, priority, new ThreadSource.Page(messages, null));
    }

    @Override
    public Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority) {
        throw new AssertionError("nobody pokes");
    }

    @Override
    public Future<Roster> participants(UserToken token, String threadId, Priority priority) {
        Roster roster = rosters.get(token.userId());
        return call(
                ChatOperation.LIST_PARTICIPANTS,
                token,
                threadId,
                priority,
                new Roster(roster.members(), Instant.ofEpochMilli(time.now())));
    }

    @Override
    public Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority) {
        return call(ChatOperation.LIST_READ_RECEIPTS, token, threadId, priority, List.of());
    }

    @Override
    public Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority) {
        return call(ChatOperation.GET_THREAD, token, threadId, priority, properties(threadId, token.userId()));
    }

    /** Nothing in it is shared, as nothing in a parsed answer is. */
    private static ThreadProperties properties(String threadId, String userId) {
        return new ThreadProperties(
                copy(threadId),
                copy("Summer festival, stage"),
                Instant.ofEpochMilli(1_690_000_000_000L),
                copy(userId),
                null,
                Map.of(),
                null);
    }

    private static ChatMessage edited(ChatMessage message, long version) {
        return new ChatMessage(
                message.id(),
                version,
                message.type(),
                message.createdOn(),
                message.senderId(),
                "",
                message.text(),
                null,
                List.of(),
                null,
                null,
                Instant.ofEpochMilli(version),
                null,
                Map.of());
    }

    private static String copy(String text) {
        return new String(text.toCharArray());
    }

    private <T> Future<T> call(
            ChatOperation operation, UserToken token, @Nullable String threadId, Priority priority, T answer) {
        RateLimiter.Admission admission =
                ledger.admit(ChatCall.of(operation, token, threadId, priority), time.now(), 0);
        if (admission instanceof RateLimiter.Admission.Granted granted) {
            calls++;
            Promise<T> promise = Promise.promise();
            time.schedule(20, () -> {
                ledger.end(granted.permit(), new CallEnd.Completed(true), time.now());
                promise.complete(answer);
            });
            return promise.future();
        }
        refused++;
        return Future.failedFuture(FakeThread.throttled(((RateLimiter.Admission.Refused) admission).retryAfterMs()));
    }
}
