package dev.chatgateway.command;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.StatePayloads;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sends and lists read receipts, sends typing notifications. */
final class SignalCommands {
    private final ChatService service;
    private final ThreadFeed feed;
    private final Writes writes;
    private final ReadMarks marks;
    private final Clock clock;

    SignalCommands(ChatService service, ThreadFeed feed, Writes writes, ReadMarks marks, Clock clock) {
        this.service = service;
        this.feed = feed;
        this.writes = writes;
        this.marks = marks;
        this.clock = clock;
    }

    Map<String, Command> methods() {
        return Map.of(
                "sendReadReceipt", this::sendReceipt,
                "listReadReceipts", this::listReceipts,
                "sendTypingNotification", this::type);
    }

    private Future<JsonObject> sendReceipt(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        String messageId = ParamFields.messageId(params, "chatMessageId");
        params.finish();
        ChatCall call = Writes.call(ChatOperation.SEND_READ_RECEIPT, caller, threadId)
                .body(new JsonObject().put("chatMessageId", messageId));
        return writes.part(call, threadId, EventGroup.RECEIPTS)
                .onSuccess(done -> marks.sent(call.token().userId(), threadId, messageId));
    }

    private Future<JsonObject> listReceipts(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        Map<String, String> query = Listing.bySkip(params);
        ChatCall call = ChatCall.of(ChatOperation.LIST_READ_RECEIPTS, caller.token(), threadId, Priority.HISTORY)
                .query(query);
        return feed.listed(threadId, caller.token().userId())
                .otherwise(ThreadFeed.Listed.NOTHING)
                .compose(known -> {
                    List<ReadReceipt> all = known.receipts();
                    return all != null && all.size() <= Listing.firstPage(query)
                            ? Future.succeededFuture(Listing.watched(StatePayloads.receipts(all)))
                            : service.call(call).map(reply -> Listing.result(reply.body()));
                });
    }

    /**
     * No operation returns typing, so the gateway publishes it once the service has accepted it. A notification that a rate
     * limit refuses fails for its sender, but may still be published to the gateway's own subscribers.
     */
    private Future<JsonObject> type(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        Optional<String> name = params.optionalString("senderDisplayName", 0, ParamFields.NAME_LENGTH);
        params.finish();
        JsonObject body = new JsonObject();
        name.ifPresent(n -> body.put("senderDisplayName", n));
        UserToken token = caller.token();
        return service.call(ChatCall.of(ChatOperation.SEND_TYPING, token, threadId, Priority.SEND)
                        .body(body))
                .onSuccess(reply -> feed.typing(threadId, token.userId(), name.orElse(""), clock.instant()))
                .onFailure(failure -> {
                    if (failure instanceof ChatServiceException refused && refused.kind() == Kind.THROTTLED) {
                        feed.typingThrottled(threadId, token.userId(), name.orElse(""), clock.instant());
                    }
                })
                .map(reply -> new JsonObject());
    }
}
