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
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model of the chat service in virtual time. Every user is a participant of every thread. A call passes the gateway's
 * real rate limiter, arrives at the modelled service's windows after half of the latency, and completes after the other
 * half.
 */
final class ModelService implements ThreadSource, ThreadListing {
    private static final int PAGE_SIZE = 200;
    private static final long INTERACTIVE_WAIT_MS = 2_000;

    private final Scheduler time;
    private final RateLimiter rateLimiter;
    private final ModelLimiter serviceLimiter;
    private final long latencyMs;
    private final Roster roster;
    private final Map<String, List<ChatMessage>> threads = new HashMap<>();
    private final Map<String, Long> calls = new TreeMap<>();
    private final Map<String, Long> refusals = new TreeMap<>();
    private long throttledCalls;

    ModelService(Scheduler time, RateWindows windows, long latencyMs, List<UserToken> users) {
        this.time = time;
        this.latencyMs = latencyMs;
        rateLimiter = new RateLimiter(windows);
        serviceLimiter = new ModelLimiter(windows);
        Map<String, Participant> members = new HashMap<>();
        users.forEach(u -> members.put(u.userId(), new Participant(u.userId(), null, Instant.EPOCH, Map.of())));
        roster = new Roster(members, Instant.EPOCH);
    }

    /** Sends a message to a thread, not through the gateway. Creates the thread with its first message. */
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

    /** Number of calls that arrived at the service, by operation. */
    Map<String, Long> calls() {
        return calls;
    }

    /** Number of calls that the gateway's rate limiter refused, by the window that was exhausted. */
    Map<String, Long> refusals() {
        return refusals;
    }

    /** Number of calls that the service refused with 429. */
    long throttledCalls() {
        return throttledCalls;
    }

    ModelLimiter serviceLimiter() {
        return serviceLimiter;
    }

    @Override
    public Future<ThreadListing.Page> threads(UserToken token, @Nullable String pageToken, Priority priority) {
        return call(ChatOperation.LIST_THREADS, token, null, priority, () -> {
            int from = pageToken == null ? 0 : Integer.parseInt(pageToken);
            List<ThreadListing.Item> page = threads.entrySet().stream()
                    .map(t -> new ThreadListing.Item(t.getKey(), newest(t.getValue()), false))
                    .sorted(Comparator.comparingLong(ThreadListing.Item::lastMessageAt)
                            .reversed()
                            .thenComparing(ThreadListing.Item::threadId))
                    .skip(from)
                    .limit(PAGE_SIZE)
                    .toList();
            return new ThreadListing.Page(page, page.size() < PAGE_SIZE ? null : Integer.toString(from + PAGE_SIZE));
        });
    }

    private static long newest(List<ChatMessage> messages) {
        return messages.get(messages.size() - 1).arrivedAt();
    }

    @Override
    public long threadsEarliestMs(UserToken token, Priority priority) {
        return rateLimiter.earliestMs(ChatOperation.LIST_THREADS, token.userId(), null, priority, time.now());
    }

    @Override
    public long messagesEarliestMs(UserToken token, String threadId) {
        return rateLimiter.earliestMs(ChatOperation.LIST_MESSAGES, token.userId(), threadId, Priority.POLL, time.now());
    }

    @Override
    public Future<ThreadSource.Page> messages(
            UserToken token, String threadId, int size, @Nullable String pageToken, Priority priority) {
        return call(ChatOperation.LIST_MESSAGES, token, threadId, priority, () -> {
            List<ChatMessage> all = threads.getOrDefault(threadId, List.of());
            int end = pageToken == null ? all.size() : Integer.parseInt(pageToken);
            int from = Math.max(0, end - size);
            List<ChatMessage> page = new ArrayList<>(all.subList(from, end));
            Collections.reverse(page);
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
            Supplier<T> response) {
        ChatCall call = ChatCall.of(operation, token, threadId, priority);
        boolean interactive = priority == Priority.SEND || priority == Priority.HISTORY;
        Admission admission = rateLimiter.admit(call, time.now(), interactive ? INTERACTIVE_WAIT_MS : 0);
        if (admission instanceof Admission.Refused refused) {
            refusals.merge(refused.limit(), 1L, Long::sum);
            return Future.failedFuture(throttled(refused.retryAfterMs()));
        }
        Admission.Granted granted = (Admission.Granted) admission;
        Promise<T> promise = Promise.promise();
        time.schedule(granted.waitMs() + latencyMs / 2, () -> {
            calls.merge(operation.label(), 1L, Long::sum);
            boolean admitted = serviceLimiter.admit(call, time.now());
            T value = admitted ? response.get() : null;
            time.schedule(latencyMs - latencyMs / 2, () -> complete(granted, promise, value));
        });
        return promise.future();
    }

    private <T> void complete(Admission.Granted granted, Promise<T> promise, @Nullable T value) {
        if (value == null) {
            throttledCalls++;
            rateLimiter.end(granted.permit(), new CallEnd.Throttled(INTERACTIVE_WAIT_MS), time.now());
            promise.fail(throttled(-1));
        } else {
            rateLimiter.end(granted.permit(), new CallEnd.Completed(true), time.now());
            promise.complete(value);
        }
    }

    private static ChatServiceException throttled(long retryAfterMs) {
        return new ChatServiceException(
                Kind.THROTTLED, 429, "TooManyRequests", "Rate limit exceeded.", retryAfterMs, null);
    }
}
