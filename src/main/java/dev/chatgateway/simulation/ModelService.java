package dev.chatgateway.simulation;

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
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import dev.chatgateway.upstream.quota.RateWindows;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A chat service for simulations, in virtual time: every user is a member of every thread, calls take their latency, pay
 * the gateway's real ledger on their way out and meet the service's windows where they arrive.
 */
final class ModelService implements ThreadSource, ThreadListing {
    private static final int PAGE = 200;
    private static final long PEOPLE_WAIT_MS = 2_000;

    private final Scheduler time;
    private final RateLimiter ledger;
    private final ModelLimiter limiter;
    private final long latencyMs;
    private final Roster roster;
    private final Map<String, List<ChatMessage>> threads = new HashMap<>();
    private final Map<String, Long> calls = new TreeMap<>();
    private final Map<String, Long> refusals = new TreeMap<>();
    private long throttled;

    ModelService(Scheduler time, RateWindows windows, long latencyMs, List<UserToken> users) {
        this.time = time;
        this.latencyMs = latencyMs;
        ledger = new RateLimiter(windows);
        limiter = new ModelLimiter(windows);
        Map<String, Participant> members = new HashMap<>();
        users.forEach(u -> members.put(u.userId(), new Participant(u.userId(), null, Instant.EPOCH, Map.of())));
        roster = new Roster(members, Instant.EPOCH);
    }

    /** Makes a thread, or writes to it, past the gateway. */
    void send(String threadId) {
        List<ChatMessage> messages = threads.computeIfAbsent(threadId, id -> new ArrayList<>());
        long last = messages.isEmpty() ? 0 : messages.get(messages.size() - 1).arrivedAt();
        long id = Math.max(time.now(), last + 1);
        messages.add(new ChatMessage(
                Long.toString(id),
                id,
                MessageType.TEXT,
                Instant.ofEpochMilli(id),
                "8:acs:somebody",
                "",
                "",
                null,
                List.of(),
                null,
                null,
                null,
                null,
                Map.of()));
    }

    /** Calls that the service received, by operation. */
    Map<String, Long> calls() {
        return calls;
    }

    /** Calls that the ledger held back, by the window that was low. */
    Map<String, Long> refusals() {
        return refusals;
    }

    /** Calls that the service answered with 429. */
    long throttled() {
        return throttled;
    }

    ModelLimiter limiter() {
        return limiter;
    }

    @Override
    public Future<ThreadListing.Page> threads(UserToken token, @Nullable String next, Priority priority) {
        return call(ChatOperation.LIST_THREADS, token, null, priority, () -> {
            int from = next == null ? 0 : Integer.parseInt(next);
            List<ThreadListing.Item> page = threads.entrySet().stream()
                    .map(t -> new ThreadListing.Item(t.getKey(), newest(t.getValue()), false))
                    .sorted(Comparator.comparingLong(ThreadListing.Item::movedAt)
                            .reversed()
                            .thenComparing(ThreadListing.Item::threadId))
                    .skip(from)
                    .limit(PAGE)
                    .toList();
            return new ThreadListing.Page(page, page.size() < PAGE ? null : Integer.toString(from + PAGE));
        });
    }

    private static long newest(List<ChatMessage> messages) {
        return messages.get(messages.size() - 1).arrivedAt();
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
        return call(ChatOperation.LIST_MESSAGES, token, threadId, priority, () -> {
            List<ChatMessage> all = threads.getOrDefault(threadId, List.of());
            int end = next == null ? all.size() : Integer.parseInt(next);
            int from = Math.max(0, end - size);
            List<ChatMessage> page = new ArrayList<>(all.subList(from, end));
            java.util.Collections.reverse(page);
            return new ThreadSource.Page(page, end - from < size ? null : Integer.toString(from));
        });
    }

    @Override
    public Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority) {
        return call(
                ChatOperation.GET_MESSAGE,
                token,
                threadId,
                priority,
                () -> threads.getOrDefault(threadId, List.of()).stream()
                        .filter(m -> m.id().equals(messageId))
                        .findFirst()
                        .orElseThrow());
    }

    @Override
    public Future<Roster> participants(UserToken token, String threadId, Priority priority) {
        return call(
                ChatOperation.LIST_PARTICIPANTS,
                token,
                threadId,
                priority,
                () -> new Roster(roster.members(), Instant.ofEpochMilli(time.now())));
    }

    @Override
    public Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority) {
        return call(ChatOperation.LIST_READ_RECEIPTS, token, threadId, priority, List::of);
    }

    @Override
    public Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority) {
        return call(
                ChatOperation.GET_THREAD,
                token,
                threadId,
                priority,
                () -> new ThreadProperties(threadId, "Topic", Instant.EPOCH, "8:acs:somebody", null, Map.of(), null));
    }

    private <T> Future<T> call(
            ChatOperation operation,
            UserToken token,
            @Nullable String threadId,
            Priority priority,
            Supplier<T> answer) {
        ChatCall call = ChatCall.of(operation, token, threadId, priority);
        boolean person = priority == Priority.SEND || priority == Priority.HISTORY;
        Admission admission = ledger.admit(call, time.now(), person ? PEOPLE_WAIT_MS : 0);
        if (admission instanceof Admission.Refused refused) {
            refusals.merge(refused.limit(), 1L, Long::sum);
            return Future.failedFuture(throttled(refused.retryAfterMs()));
        }
        Admission.Granted granted = (Admission.Granted) admission;
        Promise<T> promise = Promise.promise();
        time.schedule(granted.waitMs() + latencyMs / 2, () -> {
            calls.merge(operation.label(), 1L, Long::sum);
            boolean admitted = limiter.admit(call, time.now());
            T value = admitted ? answer.get() : null;
            time.schedule(latencyMs - latencyMs / 2, () -> answered(granted, promise, value));
        });
        return promise.future();
    }

    private <T> void answered(Admission.Granted granted, Promise<T> promise, @Nullable T value) {
        if (value == null) {
            throttled++;
            ledger.end(granted.permit(), new CallEnd.Throttled(PEOPLE_WAIT_MS), time.now());
            promise.fail(throttled(-1));
        } else {
            ledger.end(granted.permit(), new CallEnd.Completed(true), time.now());
            promise.complete(value);
        }
    }

    private static ChatServiceException throttled(long retryAfterMs) {
        return new ChatServiceException(
                Kind.THROTTLED, 429, "TooManyRequests", "Rate limit exceeded.", retryAfterMs, null);
    }
}
