package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.WireModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Gets, lists, updates and deletes messages. {@link SendCommand} sends them. */
final class MessageCommands {
    private final ChatService service;
    private final Writes writes;
    private final CommandLimits limits;

    MessageCommands(ChatService service, Writes writes, CommandLimits limits) {
        this.service = service;
        this.writes = writes;
        this.limits = limits;
    }

    Map<String, Command> methods() {
        return Map.of(
                "getMessage", this::get,
                "listMessages", this::list,
                "updateMessage", this::update,
                "deleteMessage", this::delete);
    }

    private Future<JsonObject> get(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        String messageId = ParamFields.messageId(params, "messageId");
        params.finish();
        ChatCall call = ChatCall.of(ChatOperation.GET_MESSAGE, caller.token(), threadId, Priority.HISTORY)
                .message(messageId);
        return service.call(call).map(reply -> {
            GatewayMetadata.strip(reply.body());
            return new JsonObject().put("message", reply.body());
        });
    }

    private Future<JsonObject> list(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        ChatCall call = ChatCall.of(ChatOperation.LIST_MESSAGES, caller.token(), threadId, Priority.HISTORY)
                .query(Listing.byTime(params));
        return service.call(call).map(reply -> {
            JsonObject result = Listing.result(reply.body());
            return result.put("value", newestFirst(result.getJsonArray("value")));
        });
    }

    /** The service lists by falling version; the result is in falling order of arrival. */
    private static JsonArray newestFirst(JsonArray page) {
        List<JsonObject> messages = new ArrayList<>();
        for (Object entry : page) {
            if (entry instanceof JsonObject message) {
                GatewayMetadata.strip(message);
                messages.add(message);
            }
        }
        messages.sort(Comparator.comparingLong(WireModels::id).reversed());
        return new JsonArray(messages);
    }

    private Future<JsonObject> update(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        String messageId = ParamFields.messageId(params, "messageId");
        JsonObject body = new JsonObject();
        ParamFields.content(params, limits.contentBytes()).ifPresent(content -> body.put("content", content));
        ParamFields.messageMetadata(params).ifPresent(metadata -> body.put("metadata", metadata));
        params.finish();
        if (body.isEmpty()) {
            throw params.refuse("content", "missing", "at least one of content, metadata");
        }
        ChatCall call = Writes.call(ChatOperation.UPDATE_MESSAGE, caller, threadId)
                .message(messageId)
                .body(body);
        return writes.message(call, threadId, messageId);
    }

    private Future<JsonObject> delete(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        String messageId = ParamFields.messageId(params, "messageId");
        params.finish();
        ChatCall call =
                Writes.call(ChatOperation.DELETE_MESSAGE, caller, threadId).message(messageId);
        return writes.message(call, threadId, messageId);
    }
}
