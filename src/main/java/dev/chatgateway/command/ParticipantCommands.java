package dev.chatgateway.command;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.StatePayloads;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** Adds, removes and lists participants. */
final class ParticipantCommands {
    private final ChatService service;
    private final ThreadFeed feed;
    private final Writes writes;

    ParticipantCommands(ChatService service, ThreadFeed feed, Writes writes) {
        this.service = service;
        this.feed = feed;
        this.writes = writes;
    }

    Map<String, Command> methods() {
        return Map.of("addParticipants", this::add, "removeParticipant", this::remove, "listParticipants", this::list);
    }

    private Future<JsonObject> add(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        JsonArray participants = ParamFields.participants(params);
        params.finish();
        if (participants.isEmpty()) {
            throw params.refuse("participants", "none", "1 to 200 entries");
        }
        ChatCall call = Writes.call(ChatOperation.ADD_PARTICIPANTS, caller, threadId)
                .body(new JsonObject().put("participants", participants));
        return writes.part(call, threadId, EventGroup.PARTICIPANTS)
                .map(body -> new JsonObject().put("invalidParticipants", Listing.array(body, "invalidParticipants")));
    }

    private Future<JsonObject> remove(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        JsonObject identifier = ParamFields.identifier(params);
        params.finish();
        ChatCall call =
                Writes.call(ChatOperation.REMOVE_PARTICIPANT, caller, threadId).body(identifier);
        return writes.part(call, threadId, EventGroup.PARTICIPANTS);
    }

    private Future<JsonObject> list(Params params, Caller caller) {
        String threadId = ParamFields.threadId(params);
        Map<String, String> query = Listing.bySkip(params);
        ChatCall call = ChatCall.of(ChatOperation.LIST_PARTICIPANTS, caller.token(), threadId, Priority.HISTORY)
                .query(query);
        return feed.listed(threadId, caller.token().userId())
                .otherwise(ThreadFeed.Listed.NOTHING)
                .compose(known -> {
                    List<Participant> all = known.participants();
                    return all != null && all.size() <= Listing.firstPage(query)
                            ? Future.succeededFuture(Listing.watched(StatePayloads.participants(all)))
                            : service.call(call).map(reply -> Listing.result(reply.body()));
                });
    }
}
