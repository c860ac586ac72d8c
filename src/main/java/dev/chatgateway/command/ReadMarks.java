package dev.chatgateway.command;

import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.PageToken;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ThreadReader;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far users have read, kept for a short while, as the service lets receipts be listed five times in ten seconds only.
 * Marks sent through the gateway count at once. Bounded; guarded by its lock.
 */
final class ReadMarks {
    private static final int KEPT = 20_000;
    private static final long FRESH_MS = 60_000;
    private static final long SIZE_FRESH_MS = 600_000;

    private final ChatService service;
    private final ThreadReader reader;
    private final Clock clock;
    private final Map<Key, Known> known = new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Known> eldest) {
            return size() > KEPT;
        }
    };

    ReadMarks(ChatService service, ThreadReader reader, Clock clock) {
        this.service = service;
        this.reader = reader;
        this.clock = clock;
    }

    private record Key(String userId, String threadId) {}

    /**
     * @param small whether the service keeps receipts for the thread
     * @param messageId null for a user that has read nothing
     */
    private record Known(
            boolean small, long sizeAt, @Nullable String messageId, long readAt) {}

    /** The user has read up to that message, through the gateway. */
    synchronized void read(String userId, String threadId, String messageId) {
        known.compute(
                new Key(userId, threadId),
                // One that is not known yet is kept for the listing that may be under way, and fresh in nothing else.
                (key, old) -> old == null
                        ? new Known(true, 0, messageId, 0)
                        : new Known(old.small, old.sizeAt, newer(old.messageId, messageId), old.readAt));
    }

    /** The id of the message that the user has read up to; empty if none. Fails where that can't be known now. */
    Future<Optional<String>> of(UserToken token, String threadId) {
        Key key = new Key(token.userId(), threadId);
        long now = clock.millis();
        Known old = find(key);
        boolean sized = old != null && now - old.sizeAt < SIZE_FRESH_MS;
        if (old != null && sized && (!old.small || now - old.readAt < FRESH_MS)) {
            return answer(old);
        }
        Future<Boolean> small = old != null && sized ? Future.succeededFuture(old.small) : small(token, threadId);
        return small.compose(is -> {
            if (!is) {
                return answer(keep(key, new Known(false, now, null, 0)));
            }
            return reader.receipts(token, threadId, Priority.RECEIPTS)
                    .map(receipts -> keep(
                            key, new Known(true, sized && old != null ? old.sizeAt : now, own(receipts, token), now)))
                    // A mark only moves on: the one known before is better than none.
                    .recover(failure -> old == null ? Future.failedFuture(failure) : Future.succeededFuture(old))
                    .compose(ReadMarks::answer);
        });
    }

    private static Future<Optional<String>> answer(Known mark) {
        return mark.small
                ? Future.succeededFuture(Optional.ofNullable(mark.messageId))
                : Future.failedFuture("receipts: not supported above " + Roster.SMALL_THREAD + " participants");
    }

    private Future<Boolean> small(UserToken token, String threadId) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_PARTICIPANTS, token, threadId, Priority.RECEIPTS)
                .query(Map.of("maxPageSize", Integer.toString(Roster.SMALL_THREAD + 1)));
        return service.call(call)
                .map(reply -> Listing.array(reply.body(), "value").size() <= Roster.SMALL_THREAD
                        && PageToken.after(reply.body()).isEmpty());
    }

    private synchronized @Nullable Known find(Key key) {
        return known.get(key);
    }

    /** What was sent through the gateway while the receipts were listed is kept. */
    private synchronized Known keep(Key key, Known read) {
        Known before = known.get(key);
        Known merged = before == null
                ? read
                : new Known(read.small, read.sizeAt, newer(before.messageId, read.messageId), read.readAt);
        known.put(key, merged);
        return merged;
    }

    private static @Nullable String own(Iterable<ReadReceipt> receipts, UserToken token) {
        String mark = null;
        for (ReadReceipt receipt : receipts) {
            if (receipt.readerId().equals(token.userId())) {
                mark = newer(mark, receipt.messageId());
            }
        }
        return mark;
    }

    private static @Nullable String newer(@Nullable String a, @Nullable String b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return Long.parseLong(a) >= Long.parseLong(b) ? a : b;
    }
}
