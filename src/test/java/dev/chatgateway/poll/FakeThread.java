package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.source.ThreadListing;
import dev.chatgateway.poll.source.ThreadSource;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A chat service with one thread, in virtual time, with faults on demand. It lists messages by version, newest change
 * first. A removed user still gets the thread's state at the removal, a late joiner gets the messages that arrived
 * since it joined.
 */
public final class FakeThread implements ThreadSource, ThreadListing {
    public static final String ID = "19:fake@thread.v2";

    /** The newest state of each message. */
    public final TreeMap<Long, ChatMessage> messages = new TreeMap<>();
    /** All states of each message. */
    private final TreeMap<Long, TreeMap<Long, ChatMessage>> states = new TreeMap<>();
    /** From when a state is listed; a state without an entry is listed at once. */
    private final Map<List<Long>, Long> listedFrom = new HashMap<>();

    public final Map<String, Participant> members = new LinkedHashMap<>();
    final Map<String, Long> removedAt = new HashMap<>();
    final Map<String, ReadReceipt> receipts = new LinkedHashMap<>();
    public final List<Call> calls = new ArrayList<>();
    final VirtualScheduler ticker;
    public Map<String, String> metadata = Map.of();
    String topic = "Tea";

    Instant createdOn = Instant.EPOCH;

    public @Nullable Instant deletedOn;

    /** Milliseconds by which the service's clock is ahead of the node's. */
    long skewMs;

    public long latencyMs = 20;
    /** Milliseconds that a call takes in addition to {@link #latencyMs}. */
    ToLongFunction<Call> delay = call -> 0;
    /** Whether get-thread succeeds for non-members too. */
    boolean propertiesForAll;
    /** Milliseconds until the rate limiter admits a poll. */
    long heldMs;

    int inFlight;
    public int mostInFlight;
    /** The failure of a call, or null. */
    public Function<Call, @Nullable ChatServiceException> fault = call -> null;
    /** The failure of a message listing with a priority, or null. */
    public Function<Priority, @Nullable ChatServiceException> admission = priority -> null;
    /** Messages that a listing with a priority leaves out. */
    public BiPredicate<Priority, ChatMessage> hides = (priority, message) -> false;
    /** Age of the state that listings show, in milliseconds. */
    public long behindMs;
    /** Whether messages are listed in order of id instead of version, on which polling relies. */
    boolean listsById;

    public FakeThread(VirtualScheduler ticker) {
        this.ticker = ticker;
    }

    public record Call(String operation, String userId, long at, int size) {}

    public static ChatServiceException refusal(int status) {
        return new ChatServiceException(Kind.REFUSED, status, "Refused", "refused", -1, null);
    }

    static ChatServiceException throttled(long retryAfterMs) {
        return new ChatServiceException(Kind.THROTTLED, 429, "TooManyRequests", "slow down", retryAfterMs, null);
    }

    public static ChatServiceException down() {
        return new ChatServiceException(Kind.UNAVAILABLE, 503, "ServiceUnavailable", "down", -1, null);
    }

    public void join(String userId, long shareHistoryTime) {
        members.put(userId, new Participant(userId, userId, Instant.ofEpochMilli(shareHistoryTime), Map.of()));
        removedAt.remove(userId);
    }

    public ChatMessage send(String userId, String text) {
        return put(message(freeId(), MessageType.TEXT, userId, text, List.of()));
    }

    public void add(String userId, long shareHistoryTime) {
        join(userId, shareHistoryTime);
        put(message(freeId(), MessageType.PARTICIPANT_ADDED, null, null, List.of(members.get(userId))));
    }

    public void remove(String userId) {
        Participant removed = members.remove(userId);
        long id = freeId();
        put(message(id, MessageType.PARTICIPANT_REMOVED, null, null, List.of(removed)));
        removedAt.put(userId, id);
    }

    void rename(String to) {
        topic = to;
        ChatMessage m = message(freeId(), MessageType.TOPIC_UPDATED, null, null, List.of());
        put(new ChatMessage(
                m.id(),
                m.version(),
                m.type(),
                m.createdOn(),
                null,
                "",
                null,
                to,
                List.of(),
                null,
                null,
                null,
                null,
                Map.of()));
    }

    public ChatMessage edit(ChatMessage before, String text) {
        Instant now = Instant.ofEpochMilli(clock());
        return put(new ChatMessage(
                before.id(),
                freeVersion(before),
                before.type(),
                before.createdOn(),
                before.senderId(),
                "",
                text,
                null,
                List.of(),
                null,
                null,
                now,
                null,
                Map.of()));
    }

    /** An edit whose version is ahead of the service's clock. */
    ChatMessage editAhead(ChatMessage before, long ms) {
        long skew = skewMs;
        skewMs += ms;
        ChatMessage edited = edit(messages.get(before.arrivedAt()), "ahead");
        skewMs = skew;
        return edited;
    }

    public void delete(ChatMessage before) {
        Instant now = Instant.ofEpochMilli(clock());
        put(new ChatMessage(
                before.id(),
                freeVersion(before),
                before.type(),
                before.createdOn(),
                before.senderId(),
                "",
                null,
                null,
                List.of(),
                null,
                null,
                null,
                now,
                Map.of()));
    }

    /** Sets a read receipt, unless a newer message has one. */
    public void read(String userId, ChatMessage message) {
        ReadReceipt before = receipts.get(userId);
        if (before != null && Long.parseLong(before.messageId()) >= message.arrivedAt()) {
            return;
        }
        receipts.put(userId, new ReadReceipt(userId, message.id(), Instant.ofEpochMilli(clock())));
    }

    public long count(String operation) {
        return calls.stream().filter(c -> c.operation.equals(operation)).count();
    }

    @Override
    public Future<ThreadListing.Page> threads(UserToken token, @Nullable String pageToken, Priority priority) {
        return call("threads", token, 0, () -> {
            long lastMessageAt = messages.isEmpty() ? 0 : messages.lastKey();
            return new ThreadListing.Page(
                    members.containsKey(token.userId())
                            ? List.of(new ThreadListing.Item(ID, lastMessageAt, deletedOn != null))
                            : List.of(),
                    null);
        });
    }

    @Override
    public long threadsEarliestMs(UserToken token, Priority priority) {
        return 0;
    }

    @Override
    public long messagesEarliestMs(UserToken token, String threadId) {
        return heldMs;
    }

    @Override
    public Future<ThreadSource.Page> messages(
            UserToken token, String threadId, int size, @Nullable String pageToken, Priority priority) {
        return call("messages", token, size, () -> {
            ChatServiceException refusal = admission.apply(priority);
            if (refusal != null) {
                throw refusal;
            }
            List<ChatMessage> page = listed(token.userId(), pageToken).stream()
                    .filter(m -> !hides.test(priority, m))
                    .limit(size)
                    .toList();
            if (page.isEmpty()) {
                return new ThreadSource.Page(page, null);
            }
            ChatMessage last = page.get(page.size() - 1);
            long first = pageToken == null
                    ? page.get(0).version()
                    : Long.parseLong(pageToken.split(" ", -1)[2]);
            boolean more = page.size() == size;
            return new ThreadSource.Page(page, more ? last.version() + " " + last.id() + " " + first : null);
        });
    }

    /**
     * The messages that a user gets after a page token. The token holds version and id of the last message, and the
     * version of the first one of the listing.
     */
    private List<ChatMessage> listed(String userId, @Nullable String pageToken) {
        String[] window = pageToken == null ? new String[] {} : pageToken.split(" ", -1);
        long lastVersion = pageToken == null ? Long.MAX_VALUE : Long.parseLong(window[0]);
        long lastId = pageToken == null ? Long.MAX_VALUE : Long.parseLong(window[1]);
        long first = pageToken == null ? Long.MAX_VALUE : Long.parseLong(window[2]);
        Comparator<ChatMessage> order = listsById
                ? Comparator.comparingLong(ChatMessage::arrivedAt)
                : Comparator.comparingLong(ChatMessage::version).thenComparingLong(ChatMessage::arrivedAt);
        return states.tailMap(visibleFrom(userId)).values().stream()
                .flatMap(all -> visibleState(userId, all).stream())
                .filter(m -> listsById
                        ? m.arrivedAt() < lastId
                        : m.version() <= first
                                && (m.version() < lastVersion
                                        || (m.version() == lastVersion && m.arrivedAt() < lastId)))
                .sorted(order.reversed())
                .toList();
    }

    /** The state of a message that a user gets now. */
    private Optional<ChatMessage> visibleState(String userId, TreeMap<Long, ChatMessage> all) {
        long end = Math.min(removedAt.getOrDefault(userId, Long.MAX_VALUE), highestListed() - behindMs);
        return all.headMap(end, true).descendingMap().values().stream()
                .filter(m -> listedFrom.getOrDefault(List.of(m.arrivedAt(), m.version()), 0L) <= ticker.now())
                .findFirst();
    }

    /** Lists a new state only after a delay, when newer states may be listed already. */
    ChatMessage late(ChatMessage message, long ms) {
        listedFrom.put(List.of(message.arrivedAt(), message.version()), ticker.now() + ms);
        return message;
    }

    @Override
    public long clockOffsetMs() {
        return skewMs;
    }

    @Override
    public Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority) {
        return call("message", token, 1, () -> messages.get(Long.parseLong(messageId)));
    }

    @Override
    public Future<Roster> participants(UserToken token, String threadId, Priority priority) {
        return call("participants", token, 0, () -> {
            if (!members.containsKey(token.userId())) {
                throw refusal(403);
            }
            return new Roster(members, Instant.ofEpochMilli(ticker.now()));
        });
    }

    @Override
    public Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority) {
        return call("receipts", token, 0, () -> List.copyOf(receipts.values()));
    }

    @Override
    public Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority) {
        return call("properties", token, 0, () -> {
            if (!members.containsKey(token.userId()) && !propertiesForAll) {
                throw refusal(403);
            }
            return new ThreadProperties(ID, topic, createdOn, "8:acs:alice", deletedOn, metadata, null);
        });
    }

    private long visibleFrom(String userId) {
        Participant member = members.get(userId);
        return member == null ? 0 : member.shareHistoryTime().toEpochMilli();
    }

    private <T> Future<T> call(String operation, UserToken token, int size, Supplier<T> response) {
        Call call = new Call(operation, token.userId(), ticker.now(), size);
        calls.add(call);
        mostInFlight = Math.max(mostInFlight, ++inFlight);
        Promise<T> promise = Promise.promise();
        ticker.schedule(latencyMs + delay.applyAsLong(call), () -> {
            inFlight--;
            ChatServiceException failure = fault.apply(call);
            HistoryTrace.say(
                    ticker, "%s by %s (%d): %s", operation, token.userId(), size, failure == null ? "ok" : failure);
            if (failure != null) {
                promise.fail(failure);
                return;
            }
            try {
                promise.complete(response.get());
            } catch (ChatServiceException e) {
                promise.fail(e);
            }
        });
        return promise.future();
    }

    private long clock() {
        return ticker.now() + skewMs;
    }

    /**
     * Highest version that is listed. Without {@link #behindMs} no limit, as versions of a burst are ahead of the
     * clock.
     */
    private long highestListed() {
        return behindMs > 0 ? clock() : Long.MAX_VALUE;
    }

    private long freeId() {
        long id = clock();
        return messages.isEmpty() || messages.lastKey() < id ? id : messages.lastKey() + 1;
    }

    private long freeVersion(ChatMessage before) {
        return Math.max(clock(), messages.get(before.arrivedAt()).version() + 1);
    }

    private ChatMessage put(ChatMessage message) {
        HistoryTrace.say(
                ticker,
                "thread: %s %d version %d %s",
                message.type(),
                message.arrivedAt(),
                message.version(),
                message.participants());
        messages.put(message.arrivedAt(), message);
        states.computeIfAbsent(message.arrivedAt(), id -> new TreeMap<>()).put(message.version(), message);
        return message;
    }

    static ChatMessage message(
            long id, MessageType type, @Nullable String sender, @Nullable String text, List<Participant> participants) {
        return new ChatMessage(
                Long.toString(id),
                id,
                type,
                Instant.ofEpochMilli(id),
                sender,
                "",
                text,
                null,
                participants,
                null,
                null,
                null,
                null,
                Map.of());
    }
}
