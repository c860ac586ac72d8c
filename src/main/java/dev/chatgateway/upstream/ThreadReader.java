package dev.chatgateway.upstream;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads a thread as records of the domain. Every method may be called from any context, completes on it, and fails only
 * with {@link ChatServiceException}.
 */
public final class ThreadReader {
    /** The largest page size of the service, for every listing. */
    public static final int MAX_PAGE = 200;

    /**
     * Pages of participants or receipts that are read. A thread has at most 250 participants, which are two full pages;
     * short and empty pages with a link need more. Beyond the bound the listing counts as endless.
     */
    private static final int MAX_PAGES = 8;

    private final ChatService service;
    private final Clock clock;
    private final GatewayMetrics metrics;

    public ThreadReader(ChatService service, Clock clock, GatewayMetrics metrics) {
        this.service = service;
        this.clock = clock;
        this.metrics = metrics;
    }

    /**
     * The first page of messages: those that changed last. Without {@code startTime}: it is not known whether the service
     * compares it with the arrival or with the last change.
     *
     * @param pageSize 1 to {@link #MAX_PAGE}
     */
    public Future<MessagePage> messages(UserToken token, String threadId, int pageSize, Priority priority) {
        return messagePage(ChatCall.of(ChatOperation.LIST_MESSAGES, token, threadId, priority)
                .query(Map.of("maxPageSize", Integer.toString(pageSize))));
    }

    /** The page of a {@link MessagePage#continuation}. An empty page may have a continuation too. */
    public Future<MessagePage> nextMessages(UserToken token, String threadId, String continuation, Priority priority) {
        return messagePage(ChatCall.of(ChatOperation.LIST_MESSAGES, token, threadId, priority)
                .query(PageToken.query(continuation, MAX_PAGE)));
    }

    /** One message; fails with 502 if its type is unknown. */
    public Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority) {
        return service.call(ChatCall.of(ChatOperation.GET_MESSAGE, token, threadId, priority)
                        .message(messageId))
                .map(reply -> WireModels.message(reply.body()).orElseThrow(() -> unreadable("message")));
    }

    /** All participants, as of the answer of the first page. */
    public Future<Roster> participants(UserToken token, String threadId, Priority priority) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_PARTICIPANTS, token, threadId, priority);
        return service.call(firstPage(call)).compose(first -> {
            Instant readAt = clock.instant();
            return rest(call, first.body(), new ArrayList<>())
                    .map(pages -> pages.stream()
                            .flatMap(page -> WireModels.values(page, WireModels::participant).stream())
                            .collect(Collectors.toMap(Participant::userId, p -> p, (a, b) -> b)))
                    .map(members -> new Roster(members, readAt));
        });
    }

    /** All read receipts, one per reader. */
    public Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_READ_RECEIPTS, token, threadId, priority);
        return service.call(firstPage(call))
                .compose(first -> rest(call, first.body(), new ArrayList<>()))
                .map(pages -> pages.stream()
                        .flatMap(page -> WireModels.values(page, WireModels::receipt).stream())
                        .toList());
    }

    /** Topic, metadata, retention and further properties. */
    public Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority) {
        return service.call(ChatCall.of(ChatOperation.GET_THREAD, token, threadId, priority))
                .map(reply ->
                        WireModels.properties(reply.body(), clock.instant()).orElseThrow(() -> unreadable("thread")));
    }

    /**
     * A page of the user's threads. A short or empty page may have a continuation too.
     *
     * @param continuation of the page before; empty for the first page, which is as large as the service allows
     */
    public Future<ThreadPage> threads(UserToken token, Optional<String> continuation, Priority priority) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_THREADS, token, null, priority);
        return service.call(continuation
                        .map(c -> call.query(PageToken.query(c, MAX_PAGE)))
                        .orElse(firstPage(call)))
                .map(reply -> new ThreadPage(
                        WireModels.values(reply.body(), WireModels::threadItem), PageToken.after(reply.body())));
    }

    private Future<MessagePage> messagePage(ChatCall call) {
        return service.call(call).map(reply -> {
            List<ChatMessage> messages = WireModels.values(reply.body(), WireModels::message);
            int listed = reply.body().getValue("value") instanceof JsonArray value ? value.size() : 0;
            int skipped = listed - messages.size();
            if (skipped > 0) {
                metrics.limitHit("unknownMessageType");
            }
            return new MessagePage(messages, PageToken.after(reply.body()), skipped);
        });
    }

    /** The first page is complete for every small thread, so most listings are one call. */
    private static ChatCall firstPage(ChatCall call) {
        return call.query(Map.of("maxPageSize", Integer.toString(MAX_PAGE)));
    }

    private Future<List<JsonObject>> rest(ChatCall call, JsonObject page, List<JsonObject> pages) {
        pages.add(page);
        Optional<String> next = PageToken.after(page);
        if (next.isEmpty()) {
            return Future.succeededFuture(pages);
        }
        if (pages.size() >= MAX_PAGES) {
            return Future.failedFuture(unreadable("listing, which does not end,"));
        }
        return service.call(call.query(PageToken.query(next.get(), MAX_PAGE)))
                .compose(reply -> rest(call, reply.body(), pages));
    }

    private static ChatServiceException unreadable(String what) {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 502, "BadGateway", "The chat service's " + what + " can't be read.", -1, null);
    }
}
