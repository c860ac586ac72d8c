package dev.chatgateway.command;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
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
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The newest message that each user has read in a thread. Cached for a minute, as the service allows five listings of
 * receipts in ten seconds per user and thread (docs/service-reference.md, Rate limits). Receipts that are sent through the
 * gateway count at once. Any thread.
 */
final class ReadMarks {
    private static final int MAX_MARKS = 20_000;
    private static final long FRESH_MS = 60_000;
    private static final long SIZE_FRESH_MS = 600_000;

    private final ChatService service;
    private final ThreadReader reader;
    private final Clock clock;
    private final Cache<Key, Mark> marks =
            Caffeine.newBuilder().executor(Runnable::run).maximumSize(MAX_MARKS).build();

    ReadMarks(ChatService service, ThreadReader reader, Clock clock) {
        this.service = service;
        this.reader = reader;
        this.clock = clock;
    }

    private record Key(String userId, String threadId) {}

    /**
     * @param small whether the service keeps receipts for the thread
     * @param sizeAt when {@code small} was determined, in epoch milliseconds
     * @param messageId null for a user that has read nothing
     * @param listedAt when the receipts were listed, in epoch milliseconds
     */
    private record Mark(
            boolean small, long sizeAt, @Nullable String messageId, long listedAt) {
        /** A mark never goes back: the newer one of both messages, the rest as in the other mark. */
        Mark mergedInto(Mark other) {
            return new Mark(other.small, other.sizeAt, newer(messageId, other.messageId), other.listedAt);
        }
    }

    /** Records a receipt of the user that is known without a listing. */
    void sent(String userId, String threadId, String messageId) {
        // Without a known mark the size and the listing are not fresh: only a listing under way uses the message.
        Mark sent = new Mark(true, 0, messageId, 0);
        marks.asMap().merge(new Key(userId, threadId), sent, (before, one) -> one.mergedInto(before));
    }

    /** The id of the newest message that the user has read; empty if none. Fails if receipts are not kept or listed. */
    Future<Optional<String>> of(UserToken token, String threadId) {
        Key key = new Key(token.userId(), threadId);
        long now = clock.millis();
        Mark known = marks.getIfPresent(key);
        boolean sized = known != null && now - known.sizeAt < SIZE_FRESH_MS;
        if (known != null && sized && (!known.small || now - known.listedAt < FRESH_MS)) {
            return messageId(known);
        }
        Future<Boolean> small = known != null && sized ? Future.succeededFuture(known.small) : isSmall(token, threadId);
        return small.compose(is -> {
            if (!is) {
                return messageId(merge(key, new Mark(false, now, null, 0)));
            }
            return reader.receipts(token, threadId, Priority.RECEIPTS)
                    .map(receipts -> merge(
                            key,
                            new Mark(true, sized && known != null ? known.sizeAt : now, own(receipts, token), now)))
                    // A mark never goes back, so an old one is better than none.
                    .recover(failure -> {
                        Mark last = marks.getIfPresent(key);
                        return last == null ? Future.failedFuture(failure) : Future.succeededFuture(last);
                    })
                    .compose(ReadMarks::messageId);
        });
    }

    /** Keeps a newer receipt that was sent through the gateway while the receipts were listed. */
    private Mark merge(Key key, Mark listed) {
        return marks.asMap().merge(key, listed, (before, one) -> before.mergedInto(one));
    }

    private static Future<Optional<String>> messageId(Mark mark) {
        return mark.small
                ? Future.succeededFuture(Optional.ofNullable(mark.messageId))
                : Future.failedFuture("receipts: not supported above " + Roster.SMALL_THREAD + " participants");
    }

    private Future<Boolean> isSmall(UserToken token, String threadId) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_PARTICIPANTS, token, threadId, Priority.RECEIPTS)
                .query(Map.of("maxPageSize", Integer.toString(Roster.SMALL_THREAD + 1)));
        return service.call(call)
                .map(reply -> Listing.array(reply.body(), "value").size() <= Roster.SMALL_THREAD
                        && PageToken.after(reply.body()).isEmpty());
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
