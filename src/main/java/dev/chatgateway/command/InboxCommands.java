package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.PageToken;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code getInbox}: a page of the user's threads, each with its last message and its number of unread messages. */
final class InboxCommands {
    private static final int PAGE = 20;
    /** Each thread of a page takes up to three calls. */
    private static final int MAX_PAGE = 50;

    /** Pages of the service's list that are requested until one has a thread. */
    private static final int MAX_PAGES = 5;

    private static final int TOKEN_LENGTH = 8_192;
    private static final int CONCURRENCY = 8;

    private final ChatService service;
    private final InboxEntryReader entries;

    InboxCommands(ChatService service, InboxEntryReader entries) {
        this.service = service;
        this.entries = entries;
    }

    Map<String, Command> methods() {
        return Map.of("getInbox", this::inbox);
    }

    private Future<JsonObject> inbox(Params params, Caller caller) {
        Map<String, String> query = query(params);
        params.finish();
        UserToken token = caller.token();
        ChatCall call = ChatCall.of(ChatOperation.LIST_THREADS, token, null, Priority.HISTORY);
        return page(call.query(query), 1)
                .compose(page -> new PageEntries(token, page.threads).run().map(done -> {
                    JsonObject result = new JsonObject().put("value", new JsonArray(page.threads));
                    page.next.ifPresent(next -> result.put("continuationToken", next));
                    return result;
                }));
    }

    private record Page(List<JsonObject> threads, Optional<String> next) {}

    /** The next page that has a thread, within a limit: a page of the service may be empty and still have a next link. */
    private Future<Page> page(ChatCall call, int count) {
        return service.call(call).compose(reply -> {
            Page page = new Page(newestFirst(Listing.array(reply.body(), "value")), PageToken.after(reply.body()));
            if (!page.threads.isEmpty() || page.next.isEmpty() || count == MAX_PAGES) {
                return Future.succeededFuture(page);
            }
            int size = Integer.parseInt(call.query().get("maxPageSize"));
            return page(call.query(PageToken.query(page.next.get(), size)), count + 1);
        });
    }

    private static Map<String, String> query(Params params) {
        Map<String, String> query = new HashMap<>();
        params.optionalString("continuationToken", 1, TOKEN_LENGTH).ifPresent(token -> {
            try {
                query.putAll(PageToken.query(token));
            } catch (IllegalArgumentException e) {
                throw params.refuse("continuationToken", "not a token", "the token of an earlier result");
            }
        });
        int size = params.optionalInt("maxPageSize", 1, MAX_PAGE).orElse(PAGE);
        query.put("maxPageSize", Integer.toString(size));
        return query;
    }

    /** Sorts, as the service does not guarantee an order; leaves out deleted threads. */
    private static List<JsonObject> newestFirst(JsonArray value) {
        List<JsonObject> threads = new ArrayList<>();
        for (Object item : value) {
            if (item instanceof JsonObject json
                    && json.getValue("id") instanceof String id
                    && json.getValue("deletedOn") == null) {
                threads.add(new JsonObject()
                        .put("threadId", id)
                        .put("topic", json.getValue("topic", ""))
                        .put("lastMessageReceivedOn", json.getValue("lastMessageReceivedOn")));
            }
        }
        threads.sort(Comparator.comparing(InboxCommands::lastMessageOn).reversed());
        return threads;
    }

    /** A thread without the time was just created. One with an unreadable time is treated the same. */
    private static Instant lastMessageOn(JsonObject thread) {
        try {
            return thread.getValue("lastMessageReceivedOn") instanceof String text
                    ? OffsetDateTime.parse(text).toInstant()
                    : Instant.MAX;
        } catch (DateTimeParseException e) {
            return Instant.MAX;
        }
    }

    /** Adds the entries to the threads of a page, eight calls at a time. The entry of a thread that fails has null fields. */
    private final class PageEntries {
        private final UserToken token;
        private final List<JsonObject> threads;
        private int next;

        PageEntries(UserToken token, List<JsonObject> threads) {
            this.token = token;
            this.threads = threads;
        }

        Future<?> run() {
            List<Future<Void>> lanes = new ArrayList<>();
            for (int i = 0; i < Math.min(CONCURRENCY, threads.size()); i++) {
                lanes.add(lane());
            }
            return Future.all(lanes);
        }

        private Future<Void> lane() {
            if (next == threads.size()) {
                return Future.succeededFuture();
            }
            JsonObject thread = threads.get(next++);
            return entries.entry(token, thread.getString("threadId"), Priority.HISTORY)
                    .recover(this::unknown)
                    .compose(entry -> {
                        thread.mergeIn(entry);
                        return lane();
                    });
        }

        /** The thread was left or deleted since, or the call was throttled: the rest of the page is returned all the same. */
        private Future<JsonObject> unknown(Throwable failure) {
            return failure instanceof ChatServiceException e && e.status() == 401
                    ? Future.failedFuture(failure)
                    : Future.succeededFuture(new JsonObject()
                            .put("lastMessage", null)
                            .put("unreadCount", null)
                            .put("lastReadMessageId", null));
        }
    }
}
