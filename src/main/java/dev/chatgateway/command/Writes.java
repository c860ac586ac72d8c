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
 * Writes to a thread, each followed by a refresh hint, so that subscribers see the change at once. A write whose outcome is
 * unknown is followed by one too, as the service may have executed it.
 */
final class Writes {
    private final ChatService service;
    private final ThreadFeed feed;

    Writes(ChatService service, ThreadFeed feed) {
        this.service = service;
        this.feed = feed;
    }

    /** A write call with the caller's token. */
    static ChatCall call(ChatOperation operation, Caller caller, String threadId) {
        return ChatCall.of(operation, caller.token(), threadId, Priority.SEND).whileWanted(() -> !caller.gone());
    }

    /** Updates or deletes one message, which the refresh hint names. */
    Future<JsonObject> message(ChatCall call, String threadId, String messageId) {
        return write(call, new Poke(threadId, messageId, 0, false, EnumSet.of(EventGroup.EDITS)));
    }

    /** Changes another part of the thread. */
    Future<JsonObject> part(ChatCall call, String threadId, EventGroup part) {
        return write(call, new Poke(threadId, "", 0, false, EnumSet.of(part)));
    }

    /** Sends a message and returns its id. */
    Future<String> send(ChatCall call, String threadId) {
        return service.call(call)
                .map(reply -> id(reply.body()))
                .onSuccess(id -> feed.poke(new Poke(threadId, id, 0, false, EnumSet.of(EventGroup.MESSAGES))))
                .onFailure(failure -> hintIfInDoubt(failure, threadId, EnumSet.of(EventGroup.MESSAGES)));
    }

    /** Deletes the thread. */
    Future<JsonObject> deleteThread(ChatCall call, String threadId) {
        return write(call, new Poke(threadId, "", 0, true, EnumSet.of(EventGroup.PROPERTIES)));
    }

    private Future<JsonObject> write(ChatCall call, Poke hint) {
        return service.call(call)
                .map(ChatService.Reply::body)
                .onSuccess(body -> feed.poke(hint))
                .onFailure(failure -> hintIfInDoubt(failure, hint.threadId(), hint.parts()));
    }

    private void hintIfInDoubt(Throwable failure, String threadId, Set<EventGroup> parts) {
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
