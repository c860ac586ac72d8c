package dev.chatgateway.command;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.Continuation;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.WireModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;

/** Looks for a message that may have been sent before, among the newest ten minutes of its thread. */
final class SentMessages {
    /** The reach of a client message id, in milliseconds (docs/protocol.md). */
    static final long REACH_MS = 600_000;

    private static final int PAGE = 200;

    /** The service lets at most 30 messages and 30 changes of participants a minute into a thread: 600 in ten. */
    private static final int MAX_PAGES = 4;

    private final ChatService service;

    SentMessages(ChatService service) {
        this.service = service;
    }

    /** The id of the draft's message; empty if it is not there (yet). */
    Future<Optional<String>> find(Draft draft) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_MESSAGES, draft.token(), draft.threadId(), Priority.HISTORY);
        return find(draft, call.query(Map.of("maxPageSize", Integer.toString(PAGE))), Long.MIN_VALUE, 1);
    }

    /**
     * @param floor ids below it are out of reach; counted from the newest message, as the clocks of gateway and service
     *     may differ
     */
    private Future<Optional<String>> find(Draft draft, ChatCall call, long floor, int page) {
        return service.call(call).compose(reply -> {
            long lowest = Long.MAX_VALUE;
            long highest = Long.MIN_VALUE;
            for (Object entry : Listing.array(reply.body(), "value")) {
                if (entry instanceof JsonObject message) {
                    if (matches(draft, message)) {
                        return Future.succeededFuture(Optional.of(message.getString("id")));
                    }
                    long id =
                            WireModels.message(message).map(m -> m.arrivedAt()).orElse(Long.MAX_VALUE);
                    lowest = Math.min(lowest, id);
                    highest = id == Long.MAX_VALUE ? highest : Math.max(highest, id);
                }
            }
            long reach = floor == Long.MIN_VALUE && highest > 0 ? highest - REACH_MS : floor;
            Optional<String> next = Continuation.after(reply.body());
            if (next.isEmpty() || lowest < reach || page >= MAX_PAGES) {
                return Future.succeededFuture(Optional.empty());
            }
            return find(draft, call.query(Continuation.query(next.get())), reach, page + 1);
        });
    }

    private static boolean matches(Draft draft, JsonObject message) {
        return message.getValue("id") instanceof String
                && message.getValue("metadata") instanceof JsonObject metadata
                && draft.clientMessageId().equals(metadata.getValue(GatewayMetadata.CLIENT_MESSAGE_ID))
                && message.getValue("senderCommunicationIdentifier") instanceof JsonObject sender
                && WireModels.userId(sender)
                        .filter(draft.token().userId()::equals)
                        .isPresent();
    }
}
