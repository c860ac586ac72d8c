package dev.chatgateway.command;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.UUID;

/** Creates, lists, gets, updates and deletes threads. */
final class ThreadCommands {
    private final ChatService service;
    private final Writes writes;

    ThreadCommands(ChatService service, Writes writes) {
        this.service = service;
        this.writes = writes;
    }

    Map<String, Command> methods() {
        return Map.of(
                "createChatThread", this::create,
                "listChatThreads", this::list,
                "getProperties", this::get,
                "updateProperties", this::update,
                "deleteChatThread", this::delete);
    }

    private Future<JsonObject> create(Params params, Caller caller) {
        JsonObject body = new JsonObject()
                .put("topic", params.string("topic", 1, ParamFields.TOPIC_LENGTH))
                .put("participants", ParamFields.participants(params));
        ParamFields.metadata(params).ifPresent(metadata -> body.put("metadata", metadata));
        ParamFields.retentionPolicy(params).ifPresent(policy -> body.put("retentionPolicy", policy));
        String repeatabilityId = params.optionalString("repeatabilityRequestId", 1, ParamFields.ID_LENGTH)
                .filter(id -> isPrintable(params, id))
                .orElseGet(() -> UUID.randomUUID().toString());
        params.finish();
        ChatCall call = ChatCall.of(ChatOperation.CREATE_THREAD, caller.token(), null, Priority.SEND)
                .body(body)
                .repeatable(repeatabilityId);
        return service.call(call).map(reply -> new JsonObject()
                .put("chatThread", reply.body().getValue("chatThread"))
                .put("invalidParticipants", Listing.array(reply.body(), "invalidParticipants")));
    }

    private Future<JsonObject> list(Params params, Caller caller) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_THREADS, caller.token(), null, Priority.HISTORY)
                .query(Listing.byTime(params));
        return service.call(call).map(reply -> Listing.result(reply.body()));
    }

    private Future<JsonObject> get(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        params.finish();
        return service.call(ChatCall.of(ChatOperation.GET_THREAD, caller.token(), threadId, Priority.HISTORY))
                .map(reply -> new JsonObject().put("chatThread", reply.body()));
    }

    private Future<JsonObject> update(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        JsonObject body = new JsonObject();
        params.optionalString("topic", 1, ParamFields.TOPIC_LENGTH).ifPresent(topic -> body.put("topic", topic));
        ParamFields.metadata(params).ifPresent(metadata -> body.put("metadata", metadata));
        ParamFields.retentionPolicy(params).ifPresent(policy -> body.put("retentionPolicy", policy));
        params.finish();
        if (body.isEmpty()) {
            throw params.refuse("topic", "missing", "at least one of topic, metadata, retentionPolicy");
        }
        return writes.part(
                Writes.call(ChatOperation.UPDATE_THREAD, caller, threadId).body(body), threadId, EventGroup.PROPERTIES);
    }

    private Future<JsonObject> delete(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        params.finish();
        return writes.deleteThread(Writes.call(ChatOperation.DELETE_THREAD, caller, threadId), threadId);
    }

    /** The id is sent in a header, where other characters could end the header or start another one. */
    private static boolean isPrintable(Params params, String id) {
        if (!id.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw params.refuse("repeatabilityRequestId", "other characters", "visible ASCII, for example a UUID");
        }
        return true;
    }
}
