package dev.chatgateway.command;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.EnumSet;
import java.util.Set;

/**
 * Writes to a thread, each followed by a poke, so that subscribers see it at once. A write in doubt pokes too: if it was
 * done, it is seen.
 */
final class Writes {
    private final ChatService service;
    private final ThreadFeed feed;

    Writes(ChatService service, ThreadFeed feed) {
        this.service = service;
        this.feed = feed;
    }

    /** A call to write with the caller's token. */
    static ChatCall call(ChatOperation operation, Caller caller, String threadId) {
        return ChatCall.of(operation, caller.token(), threadId, Priority.SEND).whileWanted(() -> !caller.gone());
    }

    /** Writes what belongs to one message; the poke names it. */
    Future<JsonObject> message(ChatCall call, String threadId, String messageId) {
        return write(call, new Poke(threadId, messageId, 0, false, EnumSet.of(EventGroup.EDITS)));
    }

    /** Writes something else of the thread. */
    Future<JsonObject> part(ChatCall call, String threadId, EventGroup part) {
        return write(call, new Poke(threadId, "", 0, false, EnumSet.of(part)));
    }

    /** Sends a message: its id is known only afterwards. */
    Future<String> send(ChatCall call, String threadId) {
        return service.call(call)
                .map(reply -> id(reply.body()))
                .onSuccess(id -> feed.poke(new Poke(threadId, id, 0, false, EnumSet.of(EventGroup.MESSAGES))))
                .onFailure(failure -> pokeIfInDoubt(failure, threadId, EnumSet.of(EventGroup.MESSAGES)));
    }

    /** Deletes the thread. */
    Future<JsonObject> deleteThread(ChatCall call, String threadId) {
        return write(call, new Poke(threadId, "", 0, true, EnumSet.of(EventGroup.PROPERTIES)));
    }

    private Future<JsonObject> write(ChatCall call, Poke poke) {
        return service.call(call)
                .map(ChatService.Reply::body)
                .onSuccess(body -> feed.poke(poke))
                .onFailure(failure -> pokeIfInDoubt(failure, poke.threadId(), poke.parts()));
    }

    private void pokeIfInDoubt(Throwable failure, String threadId, Set<EventGroup> parts) {
        if (failure instanceof ChatServiceException lost && lost.kind() == ChatServiceException.Kind.IN_DOUBT) {
            feed.poke(new Poke(threadId, "", 0, false, parts));
        }
    }

    private static String id(JsonObject body) {
        if (body.getValue("id") instanceof String id && !id.isEmpty()) {
            return id;
        }
        throw new ChatServiceException(
                ChatServiceException.Kind.IN_DOUBT,
                502,
                "BadGateway",
                "The chat service did not name the id of the message.",
                -1,
                null);
    }
}
